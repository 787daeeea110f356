import { causeIndex } from '../run/causes.js'
import type { TaskGraph } from '../run/tasks.js'
import type { Schedule } from './engine.js'

/** Demand on DRAM over time: its changes at `atNs` (rising), the sum in bytes/ns from there on. */
export interface DramDemand {
  readonly atNs: Float64Array
  readonly bytesPerNs: Float64Array
}

/** Bytes that a task moves through DRAM: decryption reads and writes its piece, all else moves its bytes once. */
function moved(graph: TaskGraph, t: number): number {
  const { cause, bytes } = graph.tasks
  switch (cause[t]) {
    case causeIndex.decrypt:
      return 2 * bytes[t]!
    case causeIndex.compute:
    case causeIndex['flash-read']:
    case causeIndex.scrub:
      return bytes[t]!
    default:
      return 0
  }
}

/** What flash DMA, decryption, NPU and CPU ask of DRAM together. O(n log n). */
export function dramDemand(graph: TaskGraph, { startNs }: Schedule): DramDemand {
  const { durationNs } = graph.tasks
  const n = durationNs.length
  const moves: number[] = []
  for (let t = 0; t < n; t++) if (durationNs[t]! > 0 && moved(graph, t) > 0) moves.push(t)
  const when = new Float64Array(moves.length * 2)
  const change = new Float64Array(moves.length * 2)
  for (const [i, t] of moves.entries()) {
    const rate = moved(graph, t) / durationNs[t]!
    when[2 * i] = startNs[t]!
    change[2 * i] = rate
    when[2 * i + 1] = startNs[t]! + durationNs[t]!
    change[2 * i + 1] = -rate
  }
  const order = Uint32Array.from(when.keys()).sort((a, b) => when[a]! - when[b]! || a - b)
  let sum = 0
  const bytesPerNs = new Float64Array(order.length)
  for (let i = 0; i < order.length; i++) bytesPerNs[i] = sum += change[order[i]!]!
  return { atNs: Float64Array.from(order, (i) => when[i]!), bytesPerNs }
}

/** Share of the time from 0 to `endNs` in which demand exceeds what the device was measured to deliver. */
export function shareAbove({ atNs, bytesPerNs }: DramDemand, bandwidthBytesPerNs: number, endNs: number): number {
  let above = 0
  for (let i = 0; i + 1 < atNs.length; i++) if (bytesPerNs[i]! > bandwidthBytesPerNs * (1 + 1e-9)) above += atNs[i + 1]! - atNs[i]!
  return endNs > 0 ? above / endNs : 0
}

/**
 * Durations under contention: each task that moves bytes takes as much longer as demand exceeds the bandwidth while
 * it runs, on average. An assumed law (processor sharing of DRAM), one pass over an uncontended schedule.
 */
export function contendedNs(graph: TaskGraph, schedule: Schedule, bandwidthBytesPerNs: number): Float64Array<ArrayBuffer> {
  const demand = dramDemand(graph, schedule)
  const { atNs, bytesPerNs } = demand
  // Integral of max(1, demand / bandwidth) from the first change on.
  const integral = new Float64Array(atNs.length)
  for (let i = 1; i < atNs.length; i++) integral[i] = integral[i - 1]! + (atNs[i]! - atNs[i - 1]!) * Math.max(1, bytesPerNs[i - 1]! / bandwidthBytesPerNs)
  const durationNs = graph.tasks.durationNs.slice()
  for (let t = 0; t < durationNs.length; t++) {
    if (durationNs[t] === 0 || moved(graph, t) === 0) continue
    const from = integral[indexOf(atNs, schedule.startNs[t]!)]!
    const to = integral[indexOf(atNs, schedule.startNs[t]! + durationNs[t]!)]!
    durationNs[t] = Math.round(to - from)
  }
  return durationNs
}

/** The last change at `ns`; every task's start and end is one. */
function indexOf(atNs: Float64Array, ns: number): number {
  let low = 0
  let high = atNs.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (atNs[middle]! <= ns) low = middle
    else high = middle - 1
  }
  return low
}
