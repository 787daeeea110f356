import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { formatNs, formatShare } from '../../base/units.js'
import type { DeviceProfile, ParameterId } from '../../device/profile.js'
import type { Machine } from './machine.js'
import { passNs, type PassPart } from './pass.js'
import { MET, solve, type FittedPass, type Solution } from './solve.js'

/** What of the profile decides a part that the fit could not make short enough. */
const decides = (part: PassPart, { point }: FittedPass): readonly ParameterId[] => {
  if (part === 'launches') return ['npu.launchMs']
  if (part === 'matmuls within layers') return point.processor === 'npu' ? ['npu.prefillTokensPerS', 'npu.bandwidthGBs'] : ['cpu.prefillGflops', 'cpu.bandwidthGBs']
  return ['cpu.prefillGflops', 'cpu.bandwidthGBs']
}

/** Throws `UsageFault` where a fitted point is further off than 10 %: with the point, both times, and what stands in the way. */
export function refuseMissed(passes: readonly FittedPass[], { costs, worst }: Solution, machine: Machine, base: DeviceProfile): void {
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
  const verb = part === 'attention' || part === 'vocabulary head' ? 'takes' : 'take'
  const isAloneMet = passes.length > 1 && solve([furthest], machine).worst <= MET
  const inTheWay = isAloneMet
    ? `alone it would be met, but the ${passes.length} fitted points are of no one machine of this kind: with the others ${part} ${verb} ${formatNs(partNs)}`
    : `${part} alone ${verb} ${formatNs(partNs)} of them (${held})`
  const others = [...new Set(passes.filter((pass) => pass !== furthest && pass.point.file === file).map((pass) => pass.point.line))].filter((other) => other !== line).sort((a, b) => a - b)
  const without = !isAloneMet || others.length === 0 ? '' : `fit the others alone (--lines ${others.length <= 12 ? others.join(',') : 'N,N'}), `
  throw new UsageFault(`${what}: ${inTheWay}`, `${without}check --model, --quant and --as, or start from a nearer --device`)
}
