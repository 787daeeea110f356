import { max, median, min } from 'simple-statistics'
import { UsageFault } from '../../base/errors.js'
import { GiB } from '../../base/units.js'
import { devices } from '../../device/devices.js'
import type { DeviceProfile, Parameter, Spread } from '../../device/profile.js'
import type { Architecture } from '../../model/architecture.js'
import { fittedRates, placesOf, type FittedParameter } from './fitted-rates.js'
import { completed, machineOf } from './machine.js'
import { merged } from './merge.js'
import { refuseMissed } from './missed.js'
import { passNs, passOf } from './pass.js'
import type { FitPoint } from './points.js'
import { readingOf } from './reading.js'
import { solve, type FittedPass } from './solve.js'

/** A measured time beside what the fitted device predicts. Points that were fitted are no check of it. */
export interface PredictedPoint {
  readonly file: string
  readonly line: number
  readonly phase: FitPoint['phase']
  readonly processor: FitPoint['processor']
  readonly tokens: number
  readonly past: number
  readonly used: 'fit' | 'held out'
  readonly measuredNs: number
  readonly predictedNs: number
  /** Predicted over measured, minus 1. */
  readonly error: number
}

export interface DeviceFit {
  readonly schema: 'worldswitch-device-fit/1'
  readonly model: string
  readonly parameters: readonly FittedParameter[]
  readonly points: readonly PredictedPoint[]
  readonly warnings: readonly string[]
  readonly device: DeviceProfile
}

/**
 * Parameters out of measured rates: those at which the whole passes that were measured take the measured times, attention,
 * norms, head and launches included. Of three points or more of a kind every second one is held out and predicted (what
 * calibrates does not validate). Throws `UsageFault`: nothing to fit, or a fitted point that no such device meets within 10 %.
 */
export function fitDevice(points: readonly FitPoint[], model: Architecture, of: DeviceProfile): DeviceFit {
  const warnings: string[] = []
  const loads = points.filter(({ phase }) => phase === 'load')
  const used = split(merged(points.filter(({ phase }) => phase !== 'load'), (text) => warnings.push(text)), warnings)
  const { base, added } = completed(of, new Set([...used.keys()].map(({ processor }) => processor)))
  if (added.length > 0) warnings.push(`${of.id} does not say ${added.join(', ')}: those of ${devices[0]!.id} are taken, assumed`)
  const parameters: FittedParameter[] = []
  const headFrom = base.parameters['npu.headOnCpuFrom']?.value ?? Infinity
  const passes = [...used].map(([point, how]) => ({ point, how, pass: passOf(point, model, headFrom) }))
  const fitting: FittedPass[] = passes.filter(({ how }) => how === 'fit')
  const machine = machineOf(base)
  const solution = fitting.length === 0 ? undefined : solve(fitting, machine)
  if (solution !== undefined) {
    refuseMissed(fitting, solution, machine, base)
    parameters.push(...fittedRates(fitting, solution, base, machine, (pass, rate) => readingOf(pass, rate, model, solution.costs, machine.rates({}))))
    if (solution.moved.size > 0 && parameters.some(({ reading }) => reading === null)) warnings.push('at the base device’s rates the parts that no rate measures alone (attention, norms, head) would take too much of the measured times: its rates were moved with the fitted ones')
  }
  const far = parameters.filter(({ value, base: was }) => was > 0 && (value > 10 * was || value < was / 10)).map(({ id, value, base: was }) => `${id} × ${(value / was).toPrecision(2)}`)
  if (far.length > 0) warnings.push(`far from ${of.id}: ${far.join(', ')}; are model, quantisation and processor right? A nearer --device is a better start`)
  parameters.push(...flash(loads, base, warnings))
  if (parameters.length === 0) throw new UsageFault('no rate gives a parameter', 'prefill and decode rates do: llama-bench -p 128,512 -n 64')
  const predicted = passes.map(({ point: { file, line, phase, processor, tokens, past, ns }, how, pass }): PredictedPoint => {
    const predictedNs = Math.round(passNs(pass, solution!.costs))
    return { file, line, phase, processor, tokens, past, used: how, measuredNs: Math.round(ns), predictedNs, error: predictedNs / ns - 1 }
  })
  return { schema: 'worldswitch-device-fit/1', model: model.id, parameters, points: predicted, warnings, device: fittedProfile(base, parameters, model) }
}

/** Which points are fitted and which are held out: of three or more of a kind every second one, by length. */
function split(points: readonly FitPoint[], warnings: string[]): Map<FitPoint, 'fit' | 'held out'> {
  const used = new Map<FitPoint, 'fit' | 'held out'>()
  for (const phase of ['prefill', 'decode'] as const)
    for (const processor of ['cpu', 'npu'] as const) {
      const own = points.filter((point) => point.phase === phase && point.processor === processor).sort((a, b) => a.tokens - b.tokens || a.past - b.past || a.line - b.line)
      if (own.length === 0) continue
      own.forEach((point, i) => used.set(point, own.length >= 3 && i % 2 === 1 ? 'held out' : 'fit'))
      if (own.length < 3) warnings.push(`${phase} on ${processor}: ${own.length} point${own.length === 1 ? '' : 's'}, none is held out: nothing checks the fit`)
    }
  return used
}

/** The flash's rate by loads of a model whose size the file says. */
function flash(loads: readonly FitPoint[], base: DeviceProfile, warnings: string[]): FittedParameter[] {
  const sized = loads.filter(({ modelBytes }) => modelBytes > 0)
  if (sized.length === 0) {
    if (loads.length > 0) warnings.push('load: the size of the model is not in the file, so its load says nothing of the flash')
    return []
  }
  const values = sized.map(({ ns, modelBytes }) => (ns * 8 * GiB) / modelBytes / 1e6)
  const [only] = sized as [FitPoint]
  const spread: Spread = values.length > 1 ? { range: [min(values), max(values)] } : only.sdNs < 0 ? null : { sd: (values[0]! * only.sdNs) / only.ns }
  const id = 'flash.load8GiBMs'
  const { unit, value: was } = base.parameters[id] ?? devices[0]!.parameters[id]
  return [{ id, value: median(values), unit, spread, points: values.length, base: was, source: `fitted to ${placesOf(sized)}, median`, reading: null }]
}

function fittedProfile(base: DeviceProfile, parameters: readonly FittedParameter[], model: Architecture): DeviceProfile {
  const own = Object.fromEntries(parameters.map(({ id, value, unit, spread, source, points }) => [id, { value, unit, spread, grade: points > 0 ? 'derived' : 'assumed', source: source.slice(0, 2000), informedBy: [] } satisfies Parameter]))
  const id = base.id.endsWith('-fitted') ? base.id : `${base.id.slice(0, 57)}-fitted`
  return {
    ...base,
    id,
    title: `${base.title.replace(/, rates fitted$/, '').slice(0, 180)}, rates fitted`,
    note: `${parameters.map((one) => one.id).join(', ')} are fitted to measured rates of ${model.id}; everything else is ${base.id}’s. ${base.note}`.slice(0, 2000),
    parameters: { ...base.parameters, ...own },
  }
}
