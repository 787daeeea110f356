import type { Trace } from '../../trace/trace.js'
import { opKinds, processorNames } from '../../trace/words.js'
import { traceLines } from '../worldswitch-export.js'

/** The trace as Chrome trace events: a process a processor, a track a lane, and further tracks where ops of a lane
 *  overlapped, so that no two slices of a track do. Each slice carries its op, the head of the file the trace's header:
 *  importing it gives the same ops. */
export function* exportChrome(trace: Trace): Generator<string> {
  const { ops, strings, header } = trace
  const tracks = new Tracks()
  let i = -1
  for (const { isHeader, value } of traceLines(trace)) {
    if (isHeader) {
      yield `{"otherData":{"worldswitch":${JSON.stringify(value)}},"displayTimeUnit":"ns","traceEvents":[\n`
      continue
    }
    i++
    const { pid, tid, isNew } = tracks.of(ops.processor[i]!, ops.lane[i]!, ops.startNs[i]!, ops.durationNs[i]!)
    const named = isNew ? `${trackNames(pid, tid, processorNames[ops.processor[i]!]!, header.lanes[ops.lane[i]!] ?? '')},\n` : ''
    const slice = {
      name: strings[ops.name[i]!] || strings[ops.type[i]!] || opKinds[ops.kind[i]!]!,
      cat: opKinds[ops.kind[i]!]!,
      ph: 'X',
      pid,
      tid,
    }
    const head = JSON.stringify(slice).slice(0, -1)
    yield `${i === 0 ? '' : ',\n'}${named}${head},"ts":${micros(ops.startNs[i]!)},"dur":${micros(ops.durationNs[i]!)},"args":{"op":${JSON.stringify(value)}}}`
  }
  yield '\n]}\n'
}

/** Whole ns as µs with their three decimals: exact, where a division is not. */
function micros(ns: number): string {
  const digits = String(ns).padStart(4, '0')
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`
}

function trackNames(pid: number, tid: number, processor: string, lane: string): string {
  const event = (name: string, value: string): string => JSON.stringify({ name, ph: 'M', pid, tid, args: { name: value } })
  return `${event('process_name', processor)},\n${event('thread_name', lane === '' ? 'ops' : lane)}`
}

/** The first track of a lane that is free at an op's start. */
class Tracks {
  private readonly lanes = new Map<number, { readonly tid: number; endNs: number }[]>()
  private next = 1

  of(processor: number, lane: number, startNs: number, durationNs: number): { pid: number; tid: number; isNew: boolean } {
    const key = processor * 2 ** 20 + lane
    const own = this.lanes.get(key) ?? []
    this.lanes.set(key, own)
    let track = own.find(({ endNs }) => endNs <= startNs)
    const isNew = track === undefined
    if (track === undefined) own.push((track = { tid: this.next++, endNs: 0 }))
    track.endNs = startNs + durationNs
    return { pid: processor + 1, tid: track.tid, isNew }
  }
}
