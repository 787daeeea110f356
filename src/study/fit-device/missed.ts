import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { formatNs, formatShare } from '../../base/units.js'
import type { DeviceProfile, ParameterId } from '../../device/profile.js'
import { passNs, type PassPart } from './pass.js'
import { MET, type FittedPass, type Solution } from './solve.js'

/** What of the profile decides a part that the fit could not make short enough. */
const decides = (part: PassPart, { point }: FittedPass): readonly ParameterId[] => {
  if (part === 'launches') return ['npu.launchMs']
  if (part === 'matmuls within layers') return point.processor === 'npu' ? ['npu.prefillTokensPerS', 'npu.bandwidthGBs'] : ['cpu.prefillGflops', 'cpu.bandwidthGBs']
  return ['cpu.prefillGflops', 'cpu.bandwidthGBs']
}

/** Throws `UsageFault` where a fitted point is further off than 10 %: with the point, both times, and what stands in the way. */
export function refuseMissed(passes: readonly FittedPass[], { costs, worst }: Solution, base: DeviceProfile): void {
  if (worst <= MET) return
  const missOf = ({ point, pass }: FittedPass): number => passNs(pass, costs) / point.ns - 1
  const furthest = passes.reduce((most, pass) => (Math.abs(missOf(pass)) > Math.abs(missOf(most)) ? pass : most))
  const { file, line, phase, processor, tokens, past, ns } = furthest.point
  const parts = new Map<PassPart, number>()
  const predictedNs = passNs(furthest.pass, costs, parts)
  const [part, partNs] = [...parts].reduce((most, one) => (one[1] > most[1] ? one : most))
  const miss = missOf(furthest)
  const what = `${printable(file)}:${line}: ${phase} of ${tokens} token${tokens === 1 ? '' : 's'}${past > 0 ? ` behind ${past}` : ''} on ${processor} took ${formatNs(ns)}, and no fit comes nearer than ${formatNs(predictedNs)} (${miss < 0 ? '−' : '+'}${formatShare(Math.abs(miss))})`
  const owners = decides(part, furthest).flatMap((id) => {
    const parameter = base.parameters[id]
    return parameter === undefined ? [] : [`${id} ${Number(parameter.value.toPrecision(4))} ${parameter.unit}`]
  })
  const held = part === 'launches' ? `${owners.join(', ')} is ${base.id}’s` : `${owners.join(', ')} of ${base.id} scaled as far as the points allow`
  const inTheWay = miss > 0 && (part === 'launches' || partNs > 0.9 * ns) ? `${part} alone take${part === 'attention' || part === 'vocabulary head' ? 's' : ''} ${formatNs(partNs)} of them (${held})` : passes.length > 1 ? `the ${passes.length} fitted points are of no one machine of this kind; of this one ${part} would take ${formatNs(partNs)}` : `${part} would take ${formatNs(partNs)} (${held})`
  throw new UsageFault(`${what}: ${inTheWay}`, passes.length > 1 ? `fit fewer of them (--lines ${line}), check --model, --quant and --as, or start from a nearer --device` : 'check --model, --quant and --as, or start from a nearer --device')
}
