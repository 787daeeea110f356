import { defaultChoices } from '../../device/choices.js'
import { costsOf, prefillParameters, type Costs } from '../../device/costs.js'
import { devices } from '../../device/devices.js'
import { nominal, type DeviceProfile, type DeviceValues, type Parameter, type ParameterId } from '../../device/profile.js'
import type { PassRates } from './pass.js'
import type { FitProcessor } from './points.js'

/** A rate of the machine that measured times decide. */
export type RateId = 'npuFlops' | 'npuBytes' | 'cpuFlops' | 'cpuBytes'
export const rateIds: readonly RateId[] = ['npuFlops', 'npuBytes', 'cpuFlops', 'cpuBytes']

/** The parameter of a profile that holds it. */
export const parameterOfRate: Readonly<Record<RateId, ParameterId>> = {
  npuFlops: 'npu.prefillTokensPerS',
  npuBytes: 'npu.bandwidthGBs',
  cpuFlops: 'cpu.prefillGflops',
  cpuBytes: 'cpu.bandwidthGBs',
}

/** Rates as multiples of the base's; one that is missing keeps the base's parameter. */
export type Factors = Readonly<Partial<Record<RateId, number>>>

/** A candidate of a fit: the profile's values, and the costs that a replay on it works with. */
export interface Candidate {
  readonly values: DeviceValues
  readonly costs: Costs
}

/** What a pass on each processor is worked out from. */
const needs: Readonly<Record<FitProcessor, readonly ParameterId[]>> = {
  cpu: ['cpu.prefillGflops', 'cpu.bandwidthGBs'],
  npu: ['cpu.prefillGflops', 'cpu.bandwidthGBs', 'npu.prefillTokensPerS', 'npu.bandwidthGBs', 'npu.headOnCpuFrom', 'npu.launchMs'],
}

/** The base with what it does not know of its own and a pass needs: the first board's, assumed. */
export function completed(base: DeviceProfile, processors: Iterable<FitProcessor>): { readonly base: DeviceProfile; readonly added: readonly ParameterId[] } {
  const added = [...new Set([...processors].flatMap((processor) => needs[processor]))].filter((id) => base.parameters[id] === undefined)
  if (added.length === 0) return { base, added }
  const board = devices[0]!
  const lent = added.map((id): [ParameterId, Parameter] => {
    const { value, unit, source } = board.parameters[id]
    return [id, { value, unit, spread: null, grade: 'assumed', source: `not known of ${base.id}: that of ${board.id}, ${source}`.slice(0, 2000), informedBy: [] }]
  })
  return { base: { ...base, parameters: { ...base.parameters, ...Object.fromEntries(lent) } }, added }
}

/** The base machine with other rates. */
export interface Machine {
  /** The rates alone, as the candidate's profile gives them; cheap, for a search. */
  rates(factors: Factors): PassRates
  /** A profile whose end-to-end totals can be taken apart again into these rates. */
  candidate(factors: Factors): Candidate
}

export function machineOf(base: DeviceProfile): Machine {
  const choices = defaultChoices(base)
  const values = nominal(base)
  const own = costsOf(values, choices)
  const hasNpu = values['npu.prefillTokensPerS'] !== undefined
  const bandwidth = values['cpu.bandwidthGBs']!
  const totals = (cpuFlopsPerNs: number, cpuBytesPerNs: number, npuFlopsPerNs: number) => prefillParameters(cpuFlopsPerNs, cpuBytesPerNs, npuFlopsPerNs, choices.rates)
  /** What is not matmuls of the accelerator's measured total, in ns a token. */
  const restNs = (cpuFlopsPerNs: number, cpuBytesPerNs: number): number => 1e9 / totals(cpuFlopsPerNs, cpuBytesPerNs, Infinity).npuTokensPerS
  const ownTotalNs = hasNpu ? 1e9 / values['npu.prefillTokensPerS']! : 0

  const cpuRate = ({ cpuFlops, cpuBytes = 1 }: Factors): number => {
    if (cpuFlops !== undefined) return own.cpuFlopsPerNs * cpuFlops
    if (cpuBytes === 1) return own.cpuFlopsPerNs
    // Its end-to-end total stays; of what the rest of it takes its rate of computing follows.
    return costsOf({ 'cpu.prefillGflops': values['cpu.prefillGflops']!, 'cpu.bandwidthGBs': bandwidth * cpuBytes }, choices).cpuFlopsPerNs
  }
  /** A measured total of the accelerator stays; where a slower CPU leaves nothing of it, its matmuls keep their rate instead. */
  const npuRate = (factors: Factors, cpuFlopsPerNs: number): number => {
    if (factors.npuFlops !== undefined) return own.npuFlopsPerNs * factors.npuFlops
    const rest = restNs(cpuFlopsPerNs, bandwidth * (factors.cpuBytes ?? 1))
    return rest >= ownTotalNs ? own.npuFlopsPerNs : (own.npuFlopsPerNs * (ownTotalNs - restNs(own.cpuFlopsPerNs, bandwidth))) / (ownTotalNs - rest)
  }
  const rates = (factors: Factors): PassRates => {
    const cpuFlopsPerNs = cpuRate(factors)
    const cpuBytesPerNs = bandwidth * (factors.cpuBytes ?? 1)
    if (!hasNpu) return { cpuFlopsPerNs, cpuBytesPerNs, npuFlopsPerNs: NaN, npuBytesPerNs: NaN, npuLaunchNs: 0 }
    return { cpuFlopsPerNs, cpuBytesPerNs, npuFlopsPerNs: npuRate(factors, cpuFlopsPerNs), npuBytesPerNs: own.npuBytesPerNs * (factors.npuBytes ?? 1), npuLaunchNs: own.npuLaunchNs }
  }
  const candidate = (factors: Factors): Candidate => {
    const { cpuFlopsPerNs, cpuBytesPerNs, npuFlopsPerNs, npuBytesPerNs } = rates(factors)
    const next: { -readonly [K in keyof DeviceValues]: DeviceValues[K] } = { ...values, 'cpu.bandwidthGBs': cpuBytesPerNs }
    const { cpuGflops, npuTokensPerS } = totals(cpuFlopsPerNs, cpuBytesPerNs, npuFlopsPerNs)
    if (factors.cpuFlops !== undefined) next['cpu.prefillGflops'] = cpuGflops
    if (hasNpu) {
      next['npu.bandwidthGBs'] = npuBytesPerNs
      if (factors.npuFlops !== undefined || restNs(cpuFlopsPerNs, cpuBytesPerNs) >= ownTotalNs) next['npu.prefillTokensPerS'] = npuTokensPerS
    }
    return { values: next, costs: costsOf(next, choices) }
  }
  return { rates, candidate }
}
