import { mean, quantileSorted } from 'simple-statistics'
import type { RecordedCalls, Trace } from '../trace/trace.js'
import { kindIndex } from '../trace/words.js'
import { CallChains } from './call-chains.js'

/** Times of one sort of piece. */
export interface Spread {
  readonly count: number
  readonly totalNs: number
  readonly meanNs: number
  readonly minNs: number
  readonly p50Ns: number
  readonly p90Ns: number
  readonly p99Ns: number
  readonly maxNs: number
}

/** Recorded world switches of a trace: what reviewers ask for as a switch microbenchmark. A round trip is one SMC; a
 *  call is a chain of them, resumed from its RPCs; a fast SMC is of no call. Times of round trips are without handlers that ran inside. */
export interface WorldSwitches {
  readonly calls: RecordedCalls
  /** Round trips of no call: PSCI, versions, random numbers (fast SMCs). */
  readonly fastSmcs: number
  readonly roundTrips: Spread
  /** From the first begin to the last end. */
  readonly spanNs: number
  readonly secureNs: number
  /** Back in the normal world in the middle of a call. */
  readonly betweenNs: number
  readonly interruptNs: number
  readonly byEnd: readonly (Spread & { readonly end: string })[]
  readonly byCall: readonly (Spread & { readonly call: string; readonly roundTrips: number; readonly most: number })[]
  readonly perCall: readonly { readonly roundTrips: number; readonly calls: number }[]
  readonly returns: readonly (Spread & { readonly reason: string })[]
  readonly interrupts: readonly (Spread & { readonly name: string })[]
  readonly byTask: readonly { readonly task: string; readonly calls: number; readonly roundTrips: number; readonly secureNs: number }[]
  /** Only where the run marked its steps. */
  readonly steps: readonly StepSwitches[]
}

export interface StepSwitches {
  readonly step: number
  readonly calls: number
  readonly roundTrips: number
  readonly secureNs: number
  readonly betweenNs: number
  readonly interruptNs: number
}

/** How a round trip came to its step: by the run's marks, or by the ops that it was joined with. */
const stepRules: readonly (string | undefined)[] = ['trace-marker', 'join-window']

/** Undefined when the trace has none. */
export function worldSwitches(trace: Trace): WorldSwitches | undefined {
  const { ops, strings, header } = trace
  const times = { all: [] as number[], end: new Map<string, number[]>(), reason: new Map<string, number[]>(), irq: new Map<string, number[]>() }
  const tasks = new Map<number, { calls: number; roundTrips: number; secureNs: number }>()
  const steps = new Map<number, { -readonly [K in keyof StepSwitches]: StepSwitches[K] }>()
  const chains = new CallChains()
  let [firstNs, lastNs, betweenNs, interruptNs, fastSmcs] = [Infinity, -Infinity, 0, 0, 0]
  const isMarked = (i: number): boolean => stepRules.includes(header.ruleSets[ops.rules[i]!]?.['step'])
  for (let i = 0; i < ops.length; i++) {
    const kind = ops.kind[i]!
    if (kind !== kindIndex['world-switch'] && kind !== kindIndex.rpc && kind !== kindIndex.interrupt) continue
    const ns = ops.durationNs[i]!
    const startNs = ops.startNs[i]!
    const lane = ops.lane[i]!
    const type = strings[ops.type[i]!]!
    const step = isMarked(i) ? stepOf(steps, ops.step[i]!) : undefined
    firstNs = Math.min(firstNs, startNs)
    lastNs = Math.max(lastNs, startNs + ns)
    if (kind === kindIndex.interrupt) {
      push(times.irq, strings[ops.name[i]!]!, ns)
      interruptNs += ns
      if (step !== undefined) step.interruptNs += ns
      continue
    }
    if (kind === kindIndex.rpc) {
      push(times.reason, type, ns)
      betweenNs += ns
      if (step !== undefined) step.betweenNs += ns
      chains.between(lane, ns)
      continue
    }
    times.all.push(ns)
    push(times.end, type, ns)
    const task = tasks.get(lane) ?? { calls: 0, roundTrips: 0, secureNs: 0 }
    tasks.set(lane, task)
    task.roundTrips++
    task.secureNs += ns
    if (step !== undefined) {
      step.roundTrips++
      step.secureNs += ns
    }
    const how = chains.roundTrip(lane, strings[ops.name[i]!]!, type, startNs, ns, header.ruleSets[ops.rules[i]!]?.['call'] ?? (header.calls === undefined ? undefined : 'first-entry'))
    if (how === 'fast-smc') fastSmcs++
    if (how !== 'first-entry') continue
    task.calls++
    if (step !== undefined) step.calls++
  }
  chains.finish()
  if (times.all.length === 0) return undefined
  const secureNs = times.all.reduce((sum, ns) => sum + ns, 0)
  return {
    // A recording knows of calls that left no op behind.
    calls: header.calls ?? chains.count,
    fastSmcs,
    roundTrips: spread(times.all),
    spanNs: lastNs - firstNs,
    secureNs,
    betweenNs,
    interruptNs,
    byEnd: listed(times.end, (end, of) => ({ end, ...of })),
    byCall: [...chains.calls]
      .map(([call, { ns, roundTrips, most }]) => ({ call, roundTrips, most, ...spread(ns) }))
      .sort((a, b) => b.totalNs - a.totalNs || (a.call < b.call ? -1 : 1)),
    perCall: [...chains.perCall].sort(([a], [b]) => a - b).map(([roundTrips, of]) => ({ roundTrips, calls: of })),
    returns: listed(times.reason, (reason, of) => ({ reason, ...of })),
    interrupts: listed(times.irq, (name, of) => ({ name, ...of })),
    byTask: [...tasks].sort(([, a], [, b]) => b.roundTrips - a.roundTrips).map(([lane, of]) => ({ task: header.lanes[lane]!, ...of })),
    steps: [...steps.values()].sort((a, b) => a.step - b.step),
  }
}

function stepOf(steps: Map<number, { -readonly [K in keyof StepSwitches]: StepSwitches[K] }>, step: number): { -readonly [K in keyof StepSwitches]: StepSwitches[K] } {
  let found = steps.get(step)
  if (found === undefined) steps.set(step, (found = { step, calls: 0, roundTrips: 0, secureNs: 0, betweenNs: 0, interruptNs: 0 }))
  return found
}

function push(lists: Map<string, number[]>, key: string, ns: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [ns])
  else list.push(ns)
}

function listed<T extends Spread>(lists: ReadonlyMap<string, number[]>, row: (key: string, of: Spread) => T): T[] {
  return [...lists].map(([key, list]) => row(key, spread(list))).sort((a, b) => b.totalNs - a.totalNs)
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort() as unknown as number[]
  const at = (q: number): number => Math.round(quantileSorted(sorted, q))
  return {
    count: sorted.length,
    totalNs: values.reduce((sum, ns) => sum + ns, 0),
    meanNs: Math.round(mean(sorted)),
    minNs: sorted[0]!,
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p99Ns: at(0.99),
    maxNs: sorted[sorted.length - 1]!,
  }
}
