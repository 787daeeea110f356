import { UsageFault } from '../base/errors.js'
import { GiB, KiB, MS, MiB, US } from '../base/units.js'
import { modelOf } from '../model/models.js'
import { operators, type Operator } from '../model/operators.js'
import { quantisationOf } from '../model/quantisation.js'
import { holdBounds } from './bounds.js'
import { MissingParameter } from './missing.js'
import { parameterIds, type DeviceChoices, type DeviceSample, type DeviceValues } from './profile.js'

/** What a task costs on one sample of a device: rates a byte, a FLOP, a call, in ns. Everything here follows from
 *  parameters by formula; measured totals are authoritative, assumptions only split them (docs/model.md). */
export interface Costs {
  readonly sample: DeviceSample
  readonly choices: DeviceChoices
  /** The profile knows an NPU. */
  readonly hasNpu: boolean
  readonly pageBytes: number
  /** Of an operator that moves nothing. */
  readonly dispatchNs: number
  readonly batchBytes: number
  readonly cpuFlopsPerNs: number
  readonly cpuBytesPerNs: number
  readonly npuFlopsPerNs: number
  readonly npuBytesPerNs: number
  readonly flashNsPerByte: number
  /** On one core. */
  readonly decryptNsPerByte: number
  /** Ordinary pages, on one kernel thread. */
  readonly pageAllocateNsPerByte: number
  /** Flex-Mem's pages without what protecting them takes. */
  readonly flexAllocateNsPerByte: number
  readonly flexProtectNsPerByte: number
  readonly flexUnprotectNsPerByte: number
  readonly smmuMapNsPerByte: number
  readonly hypercallNs: number
  readonly tlbInvalidateNs: number
  readonly monitorResumeNs: number
  /** Hashed and frozen: the same hash that a resume checks. */
  readonly monitorPauseNs: number
  readonly worldSwitchNs: number
  readonly npuModeSwitchNs: number
  readonly npuLaunchNs: number
  readonly scrubNsPerByte: number
  readonly swapOutNsPerByte: number
  readonly frameworkInitNs: number
  readonly checkpointBytes: number
}

const EIGHT_GIB = 8 * GiB

type Formula = (sample: DeviceSample, choices: DeviceChoices, costs: Costs) => number
type CostId = Exclude<keyof Costs, 'sample' | 'choices' | 'hasNpu'>

/** Each cost by its formula; one may ask for another. */
const formulas: Readonly<Record<CostId, Formula>> = {
  pageBytes: (sample) => sample['memory.pageBytes'],
  dispatchNs: (sample) => sample['cpu.dispatchUs'] * US,
  batchBytes: (sample) => Math.max(4 * KiB, Math.round(sample['flexMem.batchMiB'] * MiB)),
  cpuFlopsPerNs: (sample, choices) => cpuRate(sample, choices),
  cpuBytesPerNs: (sample) => sample['cpu.bandwidthGBs'],
  npuFlopsPerNs: (sample, choices, costs) => npuRate(sample, choices, costs.cpuFlopsPerNs),
  npuBytesPerNs: (sample) => sample['npu.bandwidthGBs'],
  flashNsPerByte: (sample) => (sample['flash.load8GiBMs'] * MS) / EIGHT_GIB,
  decryptNsPerByte: (sample) => (sample['crypto.decrypt8GiBMs'] * MS * sample['crypto.width']) / EIGHT_GIB,
  pageAllocateNsPerByte: (_sample, choices, costs) => (choices.pageAllocation === 'free' ? 0 : costs.flexAllocateNsPerByte),
  flexAllocateNsPerByte: (sample, choices, costs) => flexAllocateNs(sample, choices, costs) / EIGHT_GIB,
  flexProtectNsPerByte: (sample) => (sample['flexMem.reclaim8GiBMs'] * MS) / EIGHT_GIB,
  flexUnprotectNsPerByte: (sample) => (sample['flexMem.reclaim8GiBMs'] * MS) / EIGHT_GIB,
  smmuMapNsPerByte: (sample) => (sample['flexMem.smmuMap8GiBMs'] * MS) / EIGHT_GIB,
  hypercallNs: (sample) => sample['monitor.hypercallUs'] * US,
  tlbInvalidateNs: (sample) => sample['monitor.tlbInvalidateUs'] * US,
  monitorPauseNs: (sample) => sample['monitor.verifyMs'] * MS,
  monitorResumeNs: (sample) => (sample['monitor.stage2EnableMs'] + sample['monitor.verifyMs']) * MS,
  worldSwitchNs: (sample) => sample['world.switchUs'] * US,
  npuModeSwitchNs: (sample) => sample['npu.modeSwitchMs'] * MS,
  npuLaunchNs: (sample) => sample['npu.launchMs'] * MS,
  scrubNsPerByte: (sample) => 1 / sample['memory.scrubGBs'],
  swapOutNsPerByte: (sample) => 1 / sample['memory.swapOutGBs'],
  frameworkInitNs: (sample) => sample['startup.initMs'] * MS,
  checkpointBytes: (sample, choices) => (choices.checkpoint === 'free' ? 0 : Math.round(sample['startup.checkpointMiB'] * MiB)),
}
const costIds = Object.keys(formulas) as CostId[]

/** Throws `UsageFault`: a value outside its bounds, or a carve-out that would leave less than nothing. Of values that lack parameters each cost is worked out
 *  when it is asked for, and throws `MissingParameter` where it hangs on one of them. */
export function costsOf(values: DeviceValues, choices: DeviceChoices): Costs {
  holdBounds(values)
  const isFull = parameterIds.every((id) => values[id] !== undefined)
  const sample = isFull ? (values as DeviceSample) : sampleOf(values)
  const made: { sample: DeviceSample; choices: DeviceChoices; hasNpu: boolean } & Partial<Record<CostId, number>> = { sample, choices, hasNpu: values['npu.prefillTokensPerS'] !== undefined || values['npu.bandwidthGBs'] !== undefined }
  const costs = made as Costs
  if (!isFull) {
    for (const id of costIds) Object.defineProperty(made, id, { enumerable: true, configurable: true, get: once(() => formulas[id](sample, choices, costs)) })
    return costs
  }
  // In an order in which whatever a formula asks for is there: the hot paths then read plain numbers.
  for (const id of ['hypercallNs', 'tlbInvalidateNs', 'batchBytes', 'flexAllocateNsPerByte', ...costIds] as const) made[id] ??= formulas[id](sample, choices, costs)
  return costs
}

/** The values as they are asked for: one that is missing throws. */
function sampleOf(values: DeviceValues): DeviceSample {
  const sample = {}
  for (const id of parameterIds) {
    const value = values[id]
    if (value !== undefined) Object.defineProperty(sample, id, { enumerable: true, value })
    else
      Object.defineProperty(sample, id, {
        enumerable: true,
        get: () => {
          throw new MissingParameter(id)
        },
      })
  }
  return sample as DeviceSample
}

function once(compute: () => number): () => number {
  let known: number | undefined
  return () => (known ??= compute())
}

/** Of 8 GiB: the allocation row is a total, so that unmapping, calls and invalidations are inside it, the SMMU map by one
 *  reading. */
function flexAllocateNs(sample: DeviceSample, choices: DeviceChoices, { batchBytes, hypercallNs, tlbInvalidateNs }: Costs): number {
  const callsNs = (EIGHT_GIB / batchBytes) * (hypercallNs + tlbInvalidateNs)
  const tableNs = sample['flexMem.reclaim8GiBMs'] * MS
  const rowNs = sample['flexMem.allocate8GiBMs'] * MS - (choices.smmu === 'inside' ? sample['flexMem.smmuMap8GiBMs'] * MS : 0)
  const allocateNs = rowNs - tableNs - callsNs
  if (allocateNs < 0)
    throw new UsageFault(
      `protecting 8 GiB (${Math.round((tableNs + callsNs) / MS)} ms of tables and calls) would take more than its measured allocation leaves (${Math.round(rowNs / MS)} ms)`,
      'lower monitor.* costs, raise flexMem.batchMiB or read smmu as separate',
    )
  return allocateNs
}

/** The workload that both prefill rates were measured with: TZ-LLM §2.3, Fig. 1. */
const REFERENCE_TOKENS = 512
const referenceOps: readonly Operator[] = operators(modelOf('llama-3-8b')!, quantisationOf('q8_0')!, REFERENCE_TOKENS, 0)
const isBodyMatmul = (op: Operator): boolean => op.kind === 'matmul' && op.layer >= 0
const restOps = referenceOps.filter((op) => !isBodyMatmul(op))
const bodyFlops = referenceOps.filter(isBodyMatmul).reduce((sum, op) => sum + op.flops, 0)

/**
 * Rates that find the measured end-to-end prefills again. `carved`: attention, norms, activations and head are
 * part of the totals. On the CPU one rate serves all that computes; what is left of the NPU's total after the
 * CPU's part is its matmuls'. `added`: the totals are the matmuls' alone.
 */
function cpuRate(sample: DeviceSample, choices: DeviceChoices): number {
  if (choices.rates === 'added') return sample['cpu.prefillGflops']
  const totalNs = bodyFlops / sample['cpu.prefillGflops']
  const rate = bisect((at) => onCpuNs(referenceOps, at, sample['cpu.bandwidthGBs']), totalNs, sample['cpu.prefillGflops'])
  if (!(rate > 0)) throw tooMuchBesides(onCpuNs(restOps, sample['cpu.prefillGflops'] * 64, sample['cpu.bandwidthGBs']), totalNs)
  return rate
}

function npuRate(sample: DeviceSample, choices: DeviceChoices, cpuFlopsPerNs: number): number {
  const totalNs = (REFERENCE_TOKENS / sample['npu.prefillTokensPerS']) * 1e9
  if (choices.rates === 'added') return bodyFlops / totalNs
  const restNs = onCpuNs(restOps, cpuFlopsPerNs, sample['cpu.bandwidthGBs'])
  if (totalNs <= restNs) throw tooMuchBesides(restNs, totalNs)
  return bodyFlops / (totalNs - restNs)
}

/** The other way round: the end-to-end prefills that a device with these rates of computing (FLOPs a ns) and this bandwidth
 *  of the CPU (bytes a ns) shows, as the profile's parameters have them under its choice of `rates`. */
export function prefillParameters(cpuFlopsPerNs: number, cpuBytesPerNs: number, npuFlopsPerNs: number, rates: string): { readonly cpuGflops: number; readonly npuTokensPerS: number } {
  const isAdded = rates === 'added'
  const npuNs = bodyFlops / npuFlopsPerNs + (isAdded ? 0 : onCpuNs(restOps, cpuFlopsPerNs, cpuBytesPerNs))
  return { cpuGflops: isAdded ? cpuFlopsPerNs : bodyFlops / onCpuNs(referenceOps, cpuFlopsPerNs, cpuBytesPerNs), npuTokensPerS: (REFERENCE_TOKENS * 1e9) / npuNs }
}

const onCpuNs = (ops: readonly Operator[], rate: number, bytesPerNs: number): number => ops.reduce((sum, op) => sum + Math.max(op.flops / rate, op.bytes / bytesPerNs), 0)

const tooMuchBesides = (restNs: number, totalNs: number): UsageFault =>
  new UsageFault(
    `attention, norms and head alone take ${(restNs / 1e9).toFixed(2)} s of a measured prefill of ${(totalNs / 1e9).toFixed(2)} s`,
    'read rates as added, or lower npu.prefillTokensPerS',
  )

/** The rate at which `timeAt` (falling) meets `totalNs`; NaN where no rate does. */
function bisect(timeAt: (rate: number) => number, totalNs: number, start: number): number {
  let low = start / 2
  let high = start * 64
  if (timeAt(high) > totalNs) return Number.NaN
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (timeAt(middle) > totalNs) low = middle
    else high = middle
  }
  return high
}
