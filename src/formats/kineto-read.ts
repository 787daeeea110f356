import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { joinDevice, understand } from './device-events.js'
import { firstClockUs } from './first-clock.js'
import type { ImportTools } from './format.js'
import { KinetoEvents } from './kineto-events.js'
import { hostTime } from './host-time.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCHED_WIDTH, LAUNCH_WIDTH, OP_WIDTH } from './kineto-rows.js'
import { writeDeviceOps } from './kineto-write.js'
import { feedEvents } from './parts/read-parts.js'
import { usingSpools } from './spools.js'

/** Reads a whole file: see `kineto`. Throws `BadInput`. */
export function readKineto(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  return usingSpools(tools, async (spool) => {
    const events = new KinetoEvents(source.name, spool(GPU_WIDTH, 2), spool(LAUNCH_WIDTH, 1), spool(CPU_WIDTH, 4), tools.executionTrace)
    const clockUs = firstClockUs(source.head)
    if (!Number.isNaN(clockUs)) events.baseUs = clockUs
    await feedEvents(events, source, tools)
    const ending = events.scanner.finish()
    if (ending.cut !== undefined)
      throw new BadInput(
        events.scanner.place(),
        `the end of ${ending.cut}`,
        'the end of the file',
        'the trace was cut off: joins across it would be wrong',
      )
    events.finish()
    const ops = spool(OP_WIDTH, 2)
    let devices = 0
    if (events.gpu.length > 0) devices = joinDevice(events, spool(LAUNCHED_WIDTH, 2), ops)
    else hostOnly(events, ops, source)
    return writeDeviceOps(events, ops, understand(events, ops, source, devices), source, into, tools, { tool: 'PyTorch profiler', format: 'kineto' })
  })
}

function hostOnly(events: KinetoEvents, ops: Spool, source: Source): void {
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
  const { inside, callers, timeless } = hostTime(events.cpu, events.operators, ops, (name) => events.operator(name))
  if (inside > 0) skipped.count('cpu_op within another that is kept whole', inside)
  if (callers > 0) skipped.count('cpu_op that calls others: its own time is kept', callers)
  if (timeless > 0) skipped.count('cpu_op without time of its own', timeless)
}
