import { UsageFault } from '../../base/errors.js'
import { defaultChoices } from '../../device/choices.js'
import { costsOf, prefillParameters, type Costs } from '../../device/costs.js'
import { devices } from '../../device/devices.js'
import { nominal, type DeviceProfile, type DeviceValues, type Parameter, type ParameterId } from '../../device/profile.js'
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

/** The base machine with other rates: always a profile whose end-to-end totals can be taken apart again into these rates. */
export function machineOf(base: DeviceProfile): (factors: Factors) => Candidate {
  const choices = defaultChoices(base)
  const values = nominal(base)
  const own = costsOf(values, choices)
  return ({ npuFlops, npuBytes = 1, cpuFlops, cpuBytes = 1 }) => {
    const next: { -readonly [K in keyof DeviceValues]: DeviceValues[K] } = { ...values }
    next['cpu.bandwidthGBs'] = values['cpu.bandwidthGBs']! * cpuBytes
    if (values['npu.bandwidthGBs'] !== undefined) next['npu.bandwidthGBs'] = values['npu.bandwidthGBs'] * npuBytes
    if (cpuFlops !== undefined) next['cpu.prefillGflops'] = prefillParameters(own.cpuFlopsPerNs * cpuFlops, next['cpu.bandwidthGBs'], 1, choices.rates).cpuGflops
    if (values['npu.prefillTokensPerS'] === undefined) return { values: next, costs: costsOf(next, choices) }
    const cpuRate = (): number => (cpuFlops === undefined ? costsOf({ 'cpu.prefillGflops': next['cpu.prefillGflops'], 'cpu.bandwidthGBs': next['cpu.bandwidthGBs'] } as DeviceValues, choices).cpuFlopsPerNs : own.cpuFlopsPerNs * cpuFlops)
    const npuAt = (rate: number): number => prefillParameters(cpuRate(), next['cpu.bandwidthGBs']!, rate, choices.rates).npuTokensPerS
    if (npuFlops !== undefined) next['npu.prefillTokensPerS'] = npuAt(own.npuFlopsPerNs * npuFlops)
    try {
      return { values: next, costs: costsOf(next, choices) }
    } catch (error) {
      if (!(error instanceof UsageFault) || npuFlops !== undefined) throw error
      // A slower CPU leaves nothing of the accelerator's measured total: its matmuls keep their rate instead.
      next['npu.prefillTokensPerS'] = npuAt(own.npuFlopsPerNs)
      return { values: next, costs: costsOf(next, choices) }
    }
  }
}
