import { devices } from '../../device/devices.js'
import type { DeviceProfile, ParameterId, Spread } from '../../device/profile.js'
import { parameterOfRate, type Machine, type RateId } from './machine.js'
import { passNs, type PassRates } from './pass.js'
import type { FitPoint } from './points.js'
import type { Reading } from './reading.js'
import type { FittedPass, Solution } from './solve.js'

/** A parameter as the rates give it, beside the base device's. */
export interface FittedParameter {
  readonly id: ParameterId
  readonly value: number
  readonly unit: string
  readonly spread: Spread
  readonly points: number
  readonly base: number
  readonly source: string
  /** What it means for the model that was measured; null for what no single rate shows. */
  readonly reading: Reading | null
}

/** `3 measured rates (a.jsonl:3, 4, b.log:1)`. */
export function placesOf(points: readonly FitPoint[]): string {
  const places = points.map(({ file, line }, i) => (file === points[i - 1]?.file ? `${line}` : `${file.split(/[\\/]/).at(-1)!}:${line}`))
  return `${points.length} measured rate${points.length === 1 ? '' : 's'} (${places.slice(0, 8).join(', ')}${places.length > 8 ? ', …' : ''})`
}

const order: readonly RateId[] = ['cpuFlops', 'npuFlops', 'cpuBytes', 'npuBytes']

/** The parameters that a solution sets: what the points measure first, then what was moved with it. */
export function fittedRates(passes: readonly FittedPass[], solution: Solution, base: DeviceProfile, machine: Machine, read: (pass: FittedPass, phase: 'prefill' | 'decode') => Reading): FittedParameter[] {
  const parameters: FittedParameter[] = []
  for (const rate of order.filter((one) => solution.primary.has(one))) {
    const phase = rate.endsWith('Flops') ? 'prefill' : 'decode'
    const own = passes.filter(({ point }) => point.phase === phase && rate.startsWith(point.processor))
    const longest = own.reduce((most, pass) => (pass.point.tokens > most.point.tokens ? pass : most))
    const moved = [...solution.moved].map((other) => parameterOfRate[other])
    const how = `the whole pass, attention, norms, head${rate.startsWith('npu') ? ' and launches' : ''} included${moved.length > 0 ? `, with ${moved.join(', ')}` : ''}`
    parameters.push({ ...common(rate, solution, base), spread: spreadOf(rate, own, solution), points: own.length, source: `fitted to ${placesOf(own.map(({ point }) => point))}: ${how}`, reading: read(longest, phase) })
  }
  const kept = machine.candidate({}).values
  for (const rate of order.filter((one) => !solution.primary.has(one))) {
    const id = parameterOfRate[rate]
    const [value, was] = [solution.values[id], kept[id]]
    if (value === undefined || was === undefined || Math.abs(value / was - 1) < 1e-9) continue
    parameters.push({ ...common(rate, solution, base), spread: null, points: 0, source: `moved with what is fitted to ${placesOf(passes.map(({ point }) => point))}, × ${(value / was).toPrecision(3)}: no rate measures it alone; it was ${was.toPrecision(4)}: ${base.parameters[id]?.source ?? 'unknown'}`, reading: null })
  }
  return parameters
}

function common(rate: RateId, solution: Solution, base: DeviceProfile): Pick<FittedParameter, 'id' | 'value' | 'unit' | 'base'> {
  const id = parameterOfRate[rate]
  const was = base.parameters[id] ?? devices[0]!.parameters[id] // a unit is the same on every device
  return { id, value: solution.values[id]!, unit: was.unit, base: was.value }
}

/** By several points the range of the values that each of them alone asks for; by one its own standard deviation; null: nothing
 *  is known. */
function spreadOf(rate: RateId, own: readonly FittedPass[], { values, costs }: Solution): Spread {
  const value = values[parameterOfRate[rate]]!
  const costOf = { cpuFlops: 'cpuFlopsPerNs', npuFlops: 'npuFlopsPerNs', cpuBytes: 'cpuBytesPerNs', npuBytes: 'npuBytesPerNs' } as const
  const faster = Object.create(costs, { [costOf[rate]]: { value: costs[costOf[rate]] * 1.001 } }) as PassRates
  // By how much the time falls when the rate rises, both as logarithms.
  const weight = ({ pass }: FittedPass): number => Math.max(0.1, Math.log(passNs(pass, costs) / passNs(pass, faster)) / Math.log(1.001))
  if (own.length > 1) {
    const asked = own.map((one) => value * Math.exp(Math.log(passNs(one.pass, costs) / one.point.ns) / weight(one)))
    return { range: [Math.min(value, ...asked), Math.max(value, ...asked)] }
  }
  const [only] = own as [FittedPass]
  return only.point.sdNs < 0 ? null : { sd: (value * only.point.sdNs) / only.point.ns / weight(only) }
}
