import { UsageFault } from '../base/errors.js'
import { GiB, KiB, MS, MiB, US } from '../base/units.js'
import { modelOf } from '../model/models.js'
import { operators, type Operator } from '../model/operators.js'
import { quantisationOf } from '../model/quantisation.js'
import type { DeviceChoices, DeviceSample } from './profile.js'

/** What a task costs on one sample of a device: rates a byte, a FLOP, a call, in ns. Everything here follows from
 *  parameters by formula; measured totals are authoritative, assumptions only split them (docs/model.md). */
export interface Costs {
  readonly sample: DeviceSample
  readonly choices: DeviceChoices
  readonly pageBytes: number
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

/** Throws `UsageFault`: a carve-out would leave less than nothing. */
export function costsOf(sample: DeviceSample, choices: DeviceChoices): Costs {
  const batchBytes = Math.max(4 * KiB, Math.round(sample['flexMem.batchMiB'] * MiB))
  const hypercallNs = sample['monitor.hypercallUs'] * US
  const tlbInvalidateNs = sample['monitor.tlbInvalidateUs'] * US
  const callsNs = (EIGHT_GIB / batchBytes) * (hypercallNs + tlbInvalidateNs)
  const tableNs = sample['flexMem.reclaim8GiBMs'] * MS
  const smmuNs = sample['flexMem.smmuMap8GiBMs'] * MS
  // The allocation row is a total: unmapping, calls and invalidations are inside it, the SMMU map by one reading.
  const rowNs = sample['flexMem.allocate8GiBMs'] * MS - (choices.smmu === 'inside' ? smmuNs : 0)
  const allocateNs = rowNs - tableNs - callsNs
  if (allocateNs < 0)
    throw new UsageFault(
      `protecting 8 GiB (${Math.round((tableNs + callsNs) / MS)} ms of tables and calls) would take more than its measured allocation leaves (${Math.round(rowNs / MS)} ms)`,
      'lower monitor.* costs, raise flexMem.batchMiB or read smmu as separate',
    )
  const rates = computeRates(sample, choices)
  const flexAllocateNsPerByte = allocateNs / EIGHT_GIB
  return {
    sample,
    choices,
    pageBytes: sample['memory.pageBytes'],
    batchBytes,
    ...rates,
    flashNsPerByte: (sample['flash.load8GiBMs'] * MS) / EIGHT_GIB,
    decryptNsPerByte: (sample['crypto.decrypt8GiBMs'] * MS * sample['crypto.width']) / EIGHT_GIB,
    pageAllocateNsPerByte: choices.pageAllocation === 'free' ? 0 : flexAllocateNsPerByte,
    flexAllocateNsPerByte,
    flexProtectNsPerByte: tableNs / EIGHT_GIB,
    flexUnprotectNsPerByte: tableNs / EIGHT_GIB,
    smmuMapNsPerByte: smmuNs / EIGHT_GIB,
    hypercallNs,
    tlbInvalidateNs,
    monitorPauseNs: sample['monitor.verifyMs'] * MS,
    monitorResumeNs: (sample['monitor.stage2EnableMs'] + sample['monitor.verifyMs']) * MS,
    worldSwitchNs: sample['world.switchUs'] * US,
    npuModeSwitchNs: sample['npu.modeSwitchMs'] * MS,
    npuLaunchNs: sample['npu.launchMs'] * MS,
    scrubNsPerByte: 1 / sample['memory.scrubGBs'],
    swapOutNsPerByte: 1 / sample['memory.swapOutGBs'],
    frameworkInitNs: sample['startup.initMs'] * MS,
    checkpointBytes: choices.checkpoint === 'free' ? 0 : Math.round(sample['startup.checkpointMiB'] * MiB),
  }
}

/** The workload that both prefill rates were measured with: TZ-LLM §2.3, Fig. 1. */
const REFERENCE_TOKENS = 512
const referenceOps: readonly Operator[] = operators(modelOf('llama-3-8b')!, quantisationOf('q8_0')!, REFERENCE_TOKENS, 0)
const isBodyMatmul = (op: Operator): boolean => op.kind === 'matmul' && op.layer >= 0
const bodyFlops = referenceOps.filter(isBodyMatmul).reduce((sum, op) => sum + op.flops, 0)

/**
 * Rates that find the measured end-to-end prefills again. `carved`: attention, norms, activations and head are
 * part of the totals. On the CPU one rate serves all that computes; what is left of the NPU's total after the
 * CPU's part is its matmuls'. `added`: the totals are the matmuls' alone.
 */
function computeRates(sample: DeviceSample, choices: DeviceChoices): Pick<Costs, 'cpuFlopsPerNs' | 'cpuBytesPerNs' | 'npuFlopsPerNs' | 'npuBytesPerNs'> {
  const cpuBytesPerNs = sample['cpu.bandwidthGBs']
  const npuBytesPerNs = sample['npu.bandwidthGBs']
  const cpuTotalNs = bodyFlops / sample['cpu.prefillGflops']
  const npuTotalNs = (REFERENCE_TOKENS / sample['npu.prefillTokensPerS']) * 1e9
  if (choices.rates === 'added')
    return { cpuFlopsPerNs: sample['cpu.prefillGflops'], cpuBytesPerNs, npuFlopsPerNs: bodyFlops / npuTotalNs, npuBytesPerNs }
  const onCpuNs = (ops: readonly Operator[], rate: number): number =>
    ops.reduce((sum, op) => sum + Math.max(op.flops / rate, op.bytes / cpuBytesPerNs), 0)
  const cpuFlopsPerNs = bisect((rate) => onCpuNs(referenceOps, rate), cpuTotalNs, sample['cpu.prefillGflops'])
  const restNs = onCpuNs(
    referenceOps.filter((op) => !isBodyMatmul(op)),
    cpuFlopsPerNs,
  )
  if (!(cpuFlopsPerNs > 0) || npuTotalNs <= restNs)
    throw new UsageFault(
      `attention, norms and head alone take ${(restNs / 1e9).toFixed(2)} s of a measured prefill of ${(npuTotalNs / 1e9).toFixed(2)} s`,
      'read rates as added, or lower npu.prefillTokensPerS',
    )
  return { cpuFlopsPerNs, cpuBytesPerNs, npuFlopsPerNs: bodyFlops / (npuTotalNs - restNs), npuBytesPerNs }
}

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
