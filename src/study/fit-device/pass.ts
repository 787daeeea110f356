import type { Costs } from '../../device/costs.js'
import type { Architecture } from '../../model/architecture.js'
import { operators, type Operator } from '../../model/operators.js'
import type { FitPoint } from './points.js'

/** What of a pass a time is spent in, as a reader calls it. */
export type PassPart = 'matmuls within layers' | 'vocabulary head' | 'attention' | 'norms and activations' | 'launches'

/** Equal operators of a pass. */
interface Work {
  readonly part: PassPart
  readonly flops: number
  readonly bytes: number
  readonly onNpu: boolean
  /** How often they run in all steps of the point. */
  count: number
}

/** The work of a measured point: what a replay of the same pass on the same processor would compute. */
export interface Pass {
  readonly works: readonly Work[]
  /** Launches of the accelerator: one a step. */
  readonly launches: number
  /** Bytes of weights that it reads. */
  readonly weightBytes: number
}

/** Steps of a long decode at which attention is worked out; its cost grows evenly between them. */
const MOST_STEPS = 16

const partOf = ({ kind, layer }: Operator): PassPart => (kind === 'matmul' ? (layer >= 0 ? 'matmuls within layers' : 'vocabulary head') : kind === 'attention' ? 'attention' : 'norms and activations')

/** The operators of a point, equal ones together. `headOnCpuFrom`: matmuls of so many columns or rows run on the CPU, as in a
 *  replay; on the CPU alone all of them do. */
export function passOf({ phase, tokens, past, processor, quant }: FitPoint, model: Architecture, headOnCpuFrom: number): Pass {
  const isDecode = phase === 'decode'
  const steps = isDecode ? tokens : 1
  const samples = Math.min(steps, MOST_STEPS)
  const works = new Map<string, Work>()
  let weightBytes = 0
  for (let sample = 0; sample < samples; sample++) {
    const before = isDecode ? Math.max(1, past) + Math.floor(((sample + 0.5) * steps) / samples) : past
    for (const op of operators(model, quant, isDecode ? 1 : tokens, before)) {
      const onNpu = processor === 'npu' && op.kind === 'matmul' && op.n < headOnCpuFrom && op.k < headOnCpuFrom
      const [flops, bytes, part] = [Math.round(op.flops), Math.round(op.bytes), partOf(op)]
      const key = `${part} ${flops} ${bytes} ${onNpu}`
      const seen = works.get(key)
      if (seen === undefined) works.set(key, { part, flops, bytes, onNpu, count: steps / samples })
      else seen.count += steps / samples
      if (op.kind === 'matmul') weightBytes += (op.weightBytes * steps) / samples
    }
  }
  return { works: [...works.values()], launches: processor === 'npu' ? steps : 0, weightBytes }
}

/** The rates that decide the time of a pass, a ns each, and what a launch takes. */
export type PassRates = Pick<Costs, 'cpuFlopsPerNs' | 'cpuBytesPerNs' | 'npuFlopsPerNs' | 'npuBytesPerNs' | 'npuLaunchNs'>

/** The time of a pass by the roofline of a replay, and of each of its parts. */
export function passNs({ works, launches }: Pass, rates: PassRates, into?: Map<PassPart, number>): number {
  let ns = launches === 0 ? 0 : launches * rates.npuLaunchNs
  if (launches > 0) into?.set('launches', ns)
  for (const { part, flops, bytes, onNpu, count } of works) {
    const one = onNpu ? Math.max(flops / rates.npuFlopsPerNs, bytes / rates.npuBytesPerNs) : Math.max(flops / rates.cpuFlopsPerNs, bytes / rates.cpuBytesPerNs)
    ns += count * Math.max(1, one)
    into?.set(part, (into.get(part) ?? 0) + count * Math.max(1, one))
  }
  return ns
}
