import { mean, quantileSorted } from 'simple-statistics'
import type { Trace } from '../trace/trace.js'
import { kindIndex } from '../trace/words.js'

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
 *  call is a chain of them, resumed from its RPCs. Times of round trips are without handlers that ran inside. */
export interface WorldSwitches {
  readonly calls: {
    readonly started: number
    readonly whole: number
    /** Their first round trips are missing. */
    readonly headless: number
    readonly unfinished: number
    /** Refused for want of a secure thread and tried again: a round trip without work. */
    readonly refused: number
  }
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

interface OpenCall {
  name: string
  hasHead: boolean
  roundTrips: number
  ns: number
  /** Its last round trip was followed by an RPC: the next one goes on with it. */
  goesOn: boolean
}

/** Undefined when the trace has none. */
export function worldSwitches(trace: Trace): WorldSwitches | undefined {
  const { ops, strings, header } = trace
  const times = { all: [] as number[], end: new Map<string, number[]>(), reason: new Map<string, number[]>(), irq: new Map<string, number[]>() }
  const calls = new Map<string, { ns: number[]; roundTrips: number; most: number }>()
  const tasks = new Map<number, { calls: number; roundTrips: number; secureNs: number }>()
  const perCall = new Map<number, number>()
  const steps = new Map<number, { -readonly [K in keyof StepSwitches]: StepSwitches[K] }>()
  const open = new Map<number, OpenCall>()
  const count = { started: 0, whole: 0, headless: 0, unfinished: 0, refused: 0 }
  let [firstNs, lastNs, betweenNs, interruptNs] = [Infinity, -Infinity, 0, 0]
  const close = (call: OpenCall, isDone: boolean): void => {
    if (!isDone) count.unfinished++
    else if (!call.hasHead) count.headless++
    else {
      count.whole++
      const of = calls.get(call.name) ?? { ns: [], roundTrips: 0, most: 0 }
      of.ns.push(call.ns)
      of.roundTrips += call.roundTrips
      of.most = Math.max(of.most, call.roundTrips)
      calls.set(call.name, of)
      perCall.set(call.roundTrips, (perCall.get(call.roundTrips) ?? 0) + 1)
    }
  }
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
    const call = open.get(lane)
    if (kind === kindIndex.rpc) {
      push(times.reason, type, ns)
      betweenNs += ns
      if (step !== undefined) step.betweenNs += ns
      if (call !== undefined) {
        call.goesOn = true
        call.ns += ns
      }
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
    const name = strings[ops.name[i]!]!
    let current = call
    if (current?.goesOn !== true) {
      if (current !== undefined) close(current, false)
      current = { name, hasHead: name !== 'return-from-rpc', roundTrips: 0, ns: 0, goesOn: false }
      open.set(lane, current)
      if (current.hasHead) {
        count.started++
        task.calls++
        if (step !== undefined) step.calls++
      }
    }
    current.goesOn = false
    current.roundTrips++
    current.ns += ns
    if (type === 'thread-limit') count.refused++
    else if (!type.startsWith('rpc-') && type !== 'foreign-interrupt' && type !== 'wait-queue') {
      close(current, true)
      open.delete(lane)
    }
  }
  for (const call of open.values()) close(call, false)
  if (times.all.length === 0) return undefined
  const secureNs = times.all.reduce((sum, ns) => sum + ns, 0)
  return {
    calls: count,
    roundTrips: spread(times.all),
    spanNs: lastNs - firstNs,
    secureNs,
    betweenNs,
    interruptNs,
    byEnd: listed(times.end, (end, of) => ({ end, ...of })),
    byCall: [...calls]
      .map(([call, { ns, roundTrips, most }]) => ({ call, roundTrips, most, ...spread(ns) }))
      .sort((a, b) => b.totalNs - a.totalNs || (a.call < b.call ? -1 : 1)),
    perCall: [...perCall].sort(([a], [b]) => a - b).map(([roundTrips, of]) => ({ roundTrips, calls: of })),
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
