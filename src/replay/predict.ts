import type { Costs } from '../device/costs.js'
import type { Shares } from '../run/shares.js'
import type { OpTable } from '../trace/trace.js'
import { dataTypeIndex, kindIndex, movesNothing, phaseIndex, processorIndex } from '../trace/words.js'
import type { NpuMechanism } from './factors.js'

/** Where an op's time comes from. */
export const origin = { recorded: 0, predicted: 1, carried: 2 } as const

/** Where an op runs and what it takes there; reused from op to op. */
export interface OpCost {
  /** Work on the NPU, then work on cores of the CPU, or work on the GPU; whole ns after rounding by the task writer. */
  npuNs: number
  cpuNs: number
  gpuNs: number
  /** Jobs that the NPU is handed; 0: it is not used. */
  submissions: number
  /** It runs where the recording had it. */
  isKept: boolean
  origin: number
}
export const freshCost = (): OpCost => ({ npuNs: 0, cpuNs: 0, gpuNs: 0, submissions: 0, isKept: false, origin: 0 })

/** Which ops stay where they were recorded (`here`: on the machine that is replayed on). `recorded`: all that the policy's
 *  mechanisms can reach; `policy`: those of a policy that takes the NPU as it is. */
export type Placement = 'policy' | 'recorded'
export interface Where {
  readonly here: boolean
  readonly placement: Placement
}

/** What prediction had to do without; sums over ops. */
export interface PredictionNotes {
  readonly recording: { -readonly [K in keyof Shares['recording']]: number }
  readonly result: { -readonly [K in keyof Shares['result']]: number }
  /** Recorded time of carried ops that an unprotected run would have on another processor. */
  movedNs: number
  /** Ops that were recorded here and run elsewhere under this policy. */
  displaced: number
  /** Matmuls whose data type has no sourced rate: the INT8 rate was taken. */
  substituted: number
}
export const freshNotes = (): PredictionNotes => ({
  recording: { recordedNs: 0, predictedNs: 0, carriedNs: 0, leftOutNs: 0 },
  result: { recordedNs: 0, predictedNs: 0, carriedNs: 0 },
  movedNs: 0,
  displaced: 0,
  substituted: 0,
})

/** Where op `i` runs under a policy: where the recording had it, else on the CPU, or on the NPU in how many jobs. */
export function placeOp(ops: OpTable, i: number, where: Where, npu: NpuMechanism, costs: Costs, into: OpCost): void {
  const processor = ops.processor[i]!
  into.isKept = where.here && keeps(processor, where.placement, npu)
  if (into.isKept) into.submissions = processor === processorIndex.npu ? 1 : 0
  else into.submissions = npu.usesNpu && wantsNpu(ops, i, npu.decodesOnNpu, costs) ? submissions(ops.m[i]!, ops.n[i]!, ops.k[i]!, costs) : 0
}

/** A GPU belongs to no world's mechanism: only a run without protection keeps an op there. */
function keeps(processor: number, placement: Placement, npu: NpuMechanism): boolean {
  if (npu.keepsPlacement === true) return true
  if (placement === 'policy' || processor === processorIndex.gpu) return false
  return processor === processorIndex.cpu || npu.usesNpu
}

/** Matmuls go to the NPU but for the vocabulary's head. */
function wantsNpu(ops: OpTable, i: number, inDecode: boolean, { sample, hasNpu }: Costs): boolean {
  if (!hasNpu || ops.kind[i] !== kindIndex.matmul || (!inDecode && ops.phase[i] === phaseIndex.decode)) return false
  const headSize = sample['npu.headOnCpuFrom']
  return ops.n[i]! < headSize && ops.k[i]! < headSize
}

/**
 * The time of a placed op `i`: on the recording's own machine and processor the recorded one, elsewhere the
 * roofline max(FLOPs / rate, bytes / bandwidth) at the target's own rates (Williams et al. 2009). A compute-bound
 * matmul splits into NPU work and the CPU's share (dequantise, layout); a bandwidth-bound one has it inside. What moves
 * nothing costs a dispatch. Where neither FLOPs nor bytes are known the recorded duration is carried over.
 */
export function timeOp(ops: OpTable, i: number, { here }: Where, costs: Costs, into: OpCost, notes: PredictionNotes): void {
  const flops = ops.flops[i]!
  const bytes = ops.bytes[i]!
  const onNpu = into.submissions > 0
  const own = onNpu ? processorIndex.npu : processorIndex.cpu
  const recordedNs = ops.durationNs[i]!
  const kind = ops.kind[i]!
  into.npuNs = into.cpuNs = into.gpuNs = 0
  if (here && (into.isKept || ops.processor[i] === own)) {
    into.origin = origin.recorded
    if (ops.processor[i] === processorIndex.gpu) into.gpuNs = recordedNs
    else if (onNpu) into.npuNs = recordedNs
    else into.cpuNs = recordedNs
    notes.recording.recordedNs += recordedNs
    notes.result.recordedNs += recordedNs
    return
  }
  if (here) notes.displaced++
  if (flops === 0 && bytes === 0 && !movesNothing(kind)) {
    into.origin = origin.carried
    if (onNpu) into.npuNs = recordedNs
    else into.cpuNs = recordedNs
    notes.recording.carriedNs += recordedNs
    notes.result.carriedNs += recordedNs
    if (recordedNs > 0 && onNpu !== wantsNpu(ops, i, true, costs)) notes.movedNs += recordedNs
    return
  }
  into.origin = origin.predicted
  if (movesNothing(kind)) into.cpuNs = costs.dispatchNs
  else if (onNpu) {
    const computeNs = flops / costs.npuFlopsPerNs
    const moveNs = bytes / costs.npuBytesPerNs
    const share = computeNs > moveNs ? costs.sample['npu.cpuShare'] : 0
    into.npuNs = Math.max(computeNs, moveNs) * (1 - share)
    into.cpuNs = computeNs * share
  } else into.cpuNs = Math.max(flops === 0 ? 0 : flops / costs.cpuFlopsPerNs, bytes / costs.cpuBytesPerNs)
  if (kind === kindIndex.matmul && ops.dataType[i] !== dataTypeIndex.int8) notes.substituted++
  notes.recording.predictedNs += recordedNs
  notes.result.predictedNs += into.npuNs + into.cpuNs
}

/** Jobs that a matmul becomes on the NPU: tiles of N ≤ tileN a core, K ≤ tileK, M · K ≤ tileM · tileK. At least 1. */
export function submissions(m: number, n: number, k: number, { sample }: Costs): number {
  const tileK = Math.min(Math.max(k, 1), sample['npu.tileK'])
  const tileM = Math.max(1, Math.floor((sample['npu.tileM'] * sample['npu.tileK']) / tileK))
  const columns = sample['npu.tileN'] * sample['npu.cores']
  return Math.max(1, Math.ceil(m / tileM)) * Math.max(1, Math.ceil(n / columns)) * Math.max(1, Math.ceil(k / sample['npu.tileK']))
}
