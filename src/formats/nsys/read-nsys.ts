import { BadInput } from '../../base/errors.js'
import type { Source, SqliteFile } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { joinDevice, understand } from '../device-events.js'
import type { ImportTools } from '../format.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCHED_WIDTH, LAUNCH_WIDTH, OP_WIDTH } from '../kineto-rows.js'
import { writeDeviceOps } from '../kineto-write.js'
import { usingSpools } from '../spools.js'
import { NsysEvents } from './nsys-events.js'

/** Kernels and copies with the NVTX range around their launch, joined as for PyTorch's own profiler. Throws `BadInput`. */
export function readNsys(db: SqliteFile, source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  return usingSpools(tools, (spool) => {
    const events = new NsysEvents(db, source.name, spool(GPU_WIDTH, 2), spool(LAUNCH_WIDTH, 1), spool(CPU_WIDTH, 3))
    events.read()
    if (events.gpu.length === 0)
      throw new BadInput({ file: source.name, byteOffset: 0 }, 'rows in CUPTI_ACTIVITY_KIND_KERNEL, _MEMCPY or _MEMSET', 'none', 'record with `nsys profile -t cuda,nvtx`')
    const ops = spool(OP_WIDTH, 2)
    const devices = joinDevice(events, spool(LAUNCHED_WIDTH, 2), ops)
    return writeDeviceOps(events, ops, understand(events, ops, source, devices), source, into, tools, { tool: 'Nsight Systems', format: 'nsys-sqlite' })
  })
}
