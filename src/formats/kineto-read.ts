import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { joinDevice, passesOf } from './device-events.js'
import type { ImportTools } from './format.js'
import { KinetoEvents } from './kineto-events.js'
import { cpuLeaves } from './kineto-join.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCHED_WIDTH, LAUNCH_WIDTH, OP_WIDTH } from './kineto-rows.js'
import { writeDeviceOps } from './kineto-write.js'
import { feedEvents } from './parts/read-parts.js'
import { usingSpools } from './spools.js'

/** Reads a whole file: see `kineto`. Throws `BadInput`. */
export function readKineto(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  return usingSpools(tools, async (spool) => {
    const events = new KinetoEvents(source.name, spool(GPU_WIDTH, 2), spool(LAUNCH_WIDTH, 1), spool(CPU_WIDTH, 3), tools.executionTrace)
    await feedEvents(events, source, tools)
    const ending = events.scanner.finish()
    if (ending.cut !== undefined)
      throw new BadInput(
        events.scanner.place(),
        `the end of ${ending.cut}`,
        'the end of the file',
        'the trace was cut off: joins across it would be wrong',
      )
    const ops = spool(OP_WIDTH, 2)
    if (events.gpu.length > 0) joinDevice(events, spool(LAUNCHED_WIDTH, 2), ops)
    else leavesOnly(events, ops, source)
    return writeDeviceOps(events, ops, passesOf(events, ops, source), source, into, tools, { tool: 'PyTorch profiler', format: 'kineto' })
  })
}

function leavesOnly(events: KinetoEvents, ops: Spool, source: Source): void {
  const { skipped } = events
  if (events.hasCounters)
    throw new BadInput(
      { file: source.name },
      'kernel events',
      'CUPTI counters (cuda_profiler_range) in their place',
      'record without performance counters: with them the profiler writes no kernels',
    )
  if (events.cpu.length === 0)
    throw new BadInput(
      { file: source.name },
      'kernel, gpu_memcpy, gpu_memset or cpu_op events',
      skipped.sentence(),
      'profile with activities CPU or CUDA',
    )
  const dropped = cpuLeaves(events.cpu, events.operators, ops, (name) => events.operator(name).isWhole)
  if (dropped > 0) skipped.count('cpu_op around others, or within a matmul', dropped)
}
