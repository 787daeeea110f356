import type { TraceModel, TraceRequest, TraceTensor } from '../trace/trace.js'
import type { OpKind, Phase, ProcessorName } from '../trace/words.js'

/** An op as plain words and numbers; what the laws of plausibility look at. */
export interface PlainOp {
  readonly kind: OpKind
  readonly phase: Phase
  readonly processor: ProcessorName
  readonly lane: number
  readonly request: number
  readonly step: number
  readonly layer: number
  readonly tensor: number
  readonly m: number
  readonly startNs: number
  readonly durationNs: number
  readonly flops: number
  readonly bytes: number
}

export interface PlainFacts {
  readonly models: readonly TraceModel[]
  readonly tensors: readonly TraceTensor[]
  readonly requests: readonly TraceRequest[]
}

export interface PlainFinding {
  readonly law: string
  readonly ops: number
  readonly ns: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const switches: readonly OpKind[] = ['world-switch', 'rpc', 'interrupt', 'mark']

/** The laws of plausibility as they are written in docs/recordings.md, over plain objects: the oracle of the loops over columns. */
export function slowFindings(all: readonly PlainOp[], { models, tensors, requests }: PlainFacts): PlainFinding[] {
  const ops = all.filter((op) => !switches.includes(op.kind))
  const totalNs = sum(ops.map((op) => op.durationNs))
  const tick = [1e6, 1e5, 1e4, 1e3, 100, 10, 1].find((ns) => all.every((op) => op.startNs % ns === 0 && op.durationNs % ns === 0))!
  const still = (op: PlainOp): boolean => op.kind === 'view' || op.kind === 'dispatch'
  const found: PlainFinding[] = []
  const say = (law: string, broken: readonly PlainOp[]): void => {
    if (broken.length > 0) found.push({ law, ops: broken.length, ns: sum(broken.map((op) => op.durationNs)) })
  }
  const sayOfAll = (law: string, isBroken: boolean): void => {
    if (isBroken) found.push({ law, ops: 0, ns: 0 })
  }
  say('bytes-rate', ops.filter((op) => !still(op) && op.bytes > 50e12 * 1e-9 * (op.durationNs + tick)))
  say('flops-rate', ops.filter((op) => !still(op) && op.flops > 20e15 * 1e-9 * (op.durationNs + tick)))
  say('view-moves', ops.filter((op) => still(op) && (op.bytes > 0 || op.flops > 0)))
  found.push(...overlaps(ops, tick))
  const other = ops.filter((op) => op.kind === 'other')
  if (models.length > 0 && sum(other.map((op) => op.durationNs)) >= 0.3 * totalNs && other.some((op) => op.durationNs > 0)) say('other-share', other)
  for (const [m, model] of models.entries()) {
    const named = tensors.filter((tensor, t) => tensor.model === m && tensor.role === 'weight' && ops.some((op) => op.tensor === t))
    const bytes = sum(named.map((tensor) => tensor.bytes))
    sayOfAll('weights', bytes < model.weightBytes * 0.95 || bytes > model.weightBytes * 1.05)
  }
  for (const [m, model] of models.entries()) {
    const deepest = Math.max(-1, ...ops.filter((op) => requests[op.request]!.model === m).map((op) => op.layer))
    sayOfAll('layers', deepest >= 0 && deepest !== model.layers - 1)
  }
  sayOfAll('batch', requests.some((request, r) => isBatch(request, ops.filter((op) => op.request === r && op.kind === 'matmul' && op.m > 0))))
  say('step-phase', ops.filter((op) => (op.phase === 'decode' && op.step === 0) || (op.phase === 'prefill' && op.step > 0)))
  return found
}

function isBatch({ promptTokens, batch = 1 }: TraceRequest, matmuls: readonly PlainOp[]): boolean {
  if (promptTokens > 1e6) return true
  const most = (phase: Phase): number => {
    const of = matmuls.filter((op) => op.phase === phase)
    for (let power = 0; power < 32; power++) {
      const within = of.filter((op) => op.m >= 2 ** power && op.m < 2 ** (power + 1))
      if (2 * sum(within.map((op) => op.durationNs)) > sum(of.map((op) => op.durationNs))) return power
    }
    return -1
  }
  const logOf = (count: number): number => Math.floor(Math.log2(count))
  return (promptTokens > 0 && most('prefill') > logOf(promptTokens * batch) + 3) || most('decode') > logOf(batch)
}

function overlaps(ops: readonly PlainOp[], tick: number): PlainFinding[] {
  const kept: PlainOp[] = []
  const broken = { cpu: [] as PlainOp[], other: [] as PlainOp[] }
  const involved = { cpu: 0, other: 0 }
  for (const lane of new Set(ops.map((op) => op.lane))) {
    let last: PlainOp | undefined
    const counted = new Set<PlainOp>()
    const endOf = (op: PlainOp): number => op.startNs + op.durationNs
    for (const op of ops.filter((one) => one.lane === lane)) {
      const bothNs = last === undefined || op.durationNs === 0 ? 0 : Math.min(endOf(last), endOf(op)) - op.startNs
      if (last !== undefined && bothNs > tick) {
        if (bothNs < Math.min(op.durationNs, last.durationNs) / 2) kept.push(op)
        else {
          const where = op.processor === 'cpu' ? 'cpu' : 'other'
          broken[where].push(op)
          involved[where] += op.durationNs + (counted.has(last) ? 0 : last.durationNs)
          counted.add(last).add(op)
        }
      }
      if (endOf(op) > (last === undefined ? 0 : endOf(last))) last = op
    }
  }
  return [
    { law: 'self-time', ops: broken.cpu.length, ns: involved.cpu },
    { law: 'stream-overlap', ops: broken.other.length, ns: involved.other },
    { law: 'overlap-kept', ops: kept.length, ns: sum(kept.map((op) => op.durationNs)) },
  ].filter((one) => one.ops > 0)
}
