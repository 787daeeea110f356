import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { Passes } from './annotations.js'
import type { ImportTools } from './format.js'
import { KinetoEvents } from './kineto-events.js'
import { cpuLeaves, embeddingPasses, joinLaunches, joinOperators } from './kineto-join.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCHED_WIDTH, LAUNCH_WIDTH, OP_WIDTH, opRow } from './kineto-rows.js'
import { writeKineto } from './kineto-write.js'
import { Runs } from './runs.js'
import { checkedChunks } from './utf8.js'

/** Reads a whole file: see `kineto`. Throws `BadInput`. */
export async function readKineto(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const open: Spool[] = []
  const spool = (width: number, keys: number): Spool => {
    const made = tools.spool(width, keys)
    open.push(made)
    return made
  }
  try {
    const events = new KinetoEvents(source.name, spool(GPU_WIDTH, 2), spool(LAUNCH_WIDTH, 1), spool(CPU_WIDTH, 3), tools.executionTrace)
    for await (const chunk of checkedChunks(source, tools)) events.scanner.feed(chunk)
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
    return writeKineto(events, ops, passesOf(events, ops, source), source, into, tools)
  } finally {
    for (const made of open) made.close()
  }
}

function joinDevice(events: KinetoEvents, launched: Spool, ops: Spool): void {
  joinLaunches(events.gpu, events.launches, launched)
  events.gpu.close()
  events.launches.close()
  joinOperators(launched, events.cpu, ops, (type, kernel) => {
    const kernelKind = events.kernel(kernel).kind
    return kernelKind === 0 || kernelKind === events.operator(type).kind
  })
  launched.close()
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
  const dropped = cpuLeaves(events.cpu, ops, (name) => events.operator(name).isWhole)
  if (dropped > 0) skipped.count('cpu_op around others, or within a matmul', dropped)
}

/** Forward passes: by a serving engine's annotations, else the profiler's steps, else embeddings, else one. */
function passesOf(events: KinetoEvents, ops: Spool, source: Source): { passes: Passes; runs: Runs } {
  const runs = new Runs(source.name)
  const { serving, steps } = events
  let passes = serving.length > 0 ? serving : steps
  if (passes.length === 0) {
    passes = new Passes()
    embeddingPasses(
      events.cpu,
      (name) => events.operator(name).kind,
      (startNs, endNs) => passes.add(startNs, endNs),
    )
    if (passes.length > 0) passes.rule = 'embedding-op'
  }
  passes.sortInto(runs)
  if (passes === serving) return { passes, runs }
  const sorted = ops.sorted()
  while (sorted.next()) {
    const { data, at } = sorted
    if (data[at + opRow.m]! > 0) runs.note(passes.at(data[at + opRow.atNs]!), data[at + opRow.m]!)
  }
  return { passes, runs }
}
