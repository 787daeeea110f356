import type { Costs } from '../device/costs.js'
import type { NpuMechanism } from './factors.js'
import type { OpTable, Trace } from '../trace/trace.js'
import { dataTypeIndex, kindIndex, phaseIndex, processorIndex } from '../trace/words.js'

/** Where an op runs and what it takes there; reused from op to op. */
export interface OpCost {
  /** Work on the NPU, then work on all cores of the CPU; whole ns after rounding by the task writer. */
  npuNs: number
  cpuNs: number
  submissions: number
  /** The recorded duration was kept: same device, same processor. */
  recorded: boolean
}

/** What prediction had to do without; reported as warnings. */
export interface PredictionNotes {
  predictedNs: number
  recordedNs: number
  /** Ops with neither FLOPs nor bytes: their recorded duration was kept on another processor. */
  unpredictable: number
  /** Matmuls whose data type has no sourced rate: the INT8 rate was taken. */
  substituted: number
}

/** Where op `i` runs under a policy: on the CPU, or on the NPU in how many jobs. */
export function placeOp(ops: OpTable, i: number, npu: NpuMechanism, costs: Costs, into: OpCost): void {
  const isMatmul = ops.kind[i] === kindIndex.matmul
  const headSize = costs.sample['npu.headOnCpuFrom']
  const onNpu = isMatmul && npu.usesNpu && ops.n[i]! < headSize && ops.k[i]! < headSize && (npu.decodesOnNpu || ops.phase[i] !== phaseIndex.decode)
  into.submissions = onNpu ? submissions(ops.m[i]!, ops.n[i]!, ops.k[i]!, costs) : 0
}

/**
 * The time of a placed op `i`: on the recording's own device and processor the recorded one, elsewhere the
 * roofline max(FLOPs / rate, bytes / bandwidth) at the target's own rates (Williams et al. 2009). A compute-bound
 * matmul splits into NPU work and the CPU's share (dequantise, layout); a bandwidth-bound one has it inside.
 */
export function timeOp(ops: OpTable, i: number, trace: Trace, deviceId: string, costs: Costs, into: OpCost, notes: PredictionNotes): void {
  const flops = ops.flops[i]!
  const bytes = ops.bytes[i]!
  const onNpu = into.submissions > 0
  const own = onNpu ? processorIndex.npu : processorIndex.cpu
  into.recorded = trace.header.provenance.how !== 'synthetic' && trace.header.device === deviceId && ops.processor[i] === own
  into.npuNs = into.cpuNs = 0
  const recordedNs = ops.durationNs[i]!
  if (into.recorded || (flops === 0 && bytes === 0)) {
    if (onNpu) into.npuNs = recordedNs
    else into.cpuNs = recordedNs
    if (!into.recorded && recordedNs > 0) notes.unpredictable++
    notes.recordedNs += recordedNs
    return
  }
  if (ops.kind[i] === kindIndex.matmul && ops.dataType[i] !== dataTypeIndex.int8) notes.substituted++
  if (onNpu) {
    const computeNs = flops / costs.npuFlopsPerNs
    const moveNs = bytes / costs.npuBytesPerNs
    const share = computeNs > moveNs ? costs.sample['npu.cpuShare'] : 0
    into.npuNs = Math.max(computeNs, moveNs) * (1 - share)
    into.cpuNs = computeNs * share
  } else into.cpuNs = Math.max(flops / costs.cpuFlopsPerNs, bytes / costs.cpuBytesPerNs)
  notes.predictedNs += into.npuNs + into.cpuNs
}

/** Jobs that a matmul becomes on the NPU: tiles of N ≤ tileN a core, K ≤ tileK, M · K ≤ tileM · tileK. At least 1. */
export function submissions(m: number, n: number, k: number, { sample }: Costs): number {
  const tileK = Math.min(Math.max(k, 1), sample['npu.tileK'])
  const tileM = Math.max(1, Math.floor((sample['npu.tileM'] * sample['npu.tileK']) / tileK))
  const columns = sample['npu.tileN'] * sample['npu.cores']
  return Math.max(1, Math.ceil(m / tileM)) * Math.max(1, Math.ceil(n / columns)) * Math.max(1, Math.ceil(k / sample['npu.tileK']))
}
