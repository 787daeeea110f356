import { median } from 'simple-statistics'
import { UsageFault } from '../../base/errors.js'
import { GiB } from '../../base/units.js'
import { costsOf } from '../../device/costs.js'
import { choiceOf, defaultChoices } from '../../device/choices.js'
import { devices } from '../../device/devices.js'
import { nominal, type DeviceProfile, type Parameter, type ParameterId, type Spread } from '../../device/profile.js'
import type { Architecture } from '../../model/architecture.js'
import { modelOf } from '../../model/models.js'
import { operators, unitBytes } from '../../model/operators.js'
import { quantisationOf, type Quantisation } from '../../model/quantisation.js'
import { synthesiseOnce } from '../../synth/synth.js'
import type { FitPoint } from './points.js'

/** A parameter as the rates give it, beside the base device's. */
export interface FittedParameter {
  readonly id: ParameterId
  readonly value: number
  readonly unit: string
  readonly spread: Spread
  readonly points: number
  readonly base: number
  readonly source: string
}

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

const REFERENCE_TOKENS = 512

/** Parameters out of measured rates: the end-to-end prefill rate and the decode's bandwidth of each processor, the time
 *  to load. Of three points or more of a kind every second one is held out and predicted (MODEL §10: what calibrates does
 *  not validate). Throws `UsageFault`: nothing to fit. */
export function fitDevice(points: readonly FitPoint[], model: Architecture, base: DeviceProfile): DeviceFit {
  const parameters: FittedParameter[] = []
  const used = new Map<FitPoint, 'fit' | 'held out'>()
  const warnings: string[] = []
  for (const phase of ['prefill', 'decode', 'load'] as const)
    for (const processor of ['cpu', 'npu'] as const) {
      const own = points.filter((point) => point.phase === phase && (phase === 'load' ? processor === 'cpu' : point.processor === processor))
      if (own.length === 0) continue
      const sorted = [...own].sort((a, b) => a.tokens - b.tokens || a.past - b.past || a.line - b.line)
      // A prefill behind a long cache is attention more than matmuls: it checks, it does not fit.
      const shallow = Math.min(...sorted.map(({ past }) => past))
      const fitting = sorted.filter(({ past }) => phase !== 'prefill' || past === shallow)
      const isHeld = (i: number): boolean => !fitting.includes(sorted[i]!) || (fitting.length >= 3 && fitting.indexOf(sorted[i]!) % 2 === 1)
      sorted.forEach((point, i) => used.set(point, isHeld(i) ? 'held out' : 'fit'))
      const fitted = sorted.filter((_, i) => !isHeld(i)).flatMap((point) => valueOf(point, phase, model))
      if (fitted.length === 0) {
        warnings.push(`${phase}: the size of the model is not in the file, so its load says nothing of the flash`)
        continue
      }
      if (!sorted.some((_, i) => isHeld(i))) warnings.push(`${phase} on ${processor}: ${sorted.length} point${sorted.length === 1 ? '' : 's'}, none is held out: nothing checks the fit`)
      parameters.push(parameterOf(idOf(phase, processor), fitted, base))
    }
  if (parameters.length === 0) throw new UsageFault('no rate gives a parameter', 'prefill and decode rates do: llama-bench -p 128,512 -n 64')
  const carved = fittedProfile(base, parameters, model)
  const device = holds(carved) ? carved : withAddedRates(carved)
  if (device !== carved) warnings.push('the measured prefill is shorter than what the base device’s CPU would need for attention, norms and head alone: rates are read as the matmuls’ own (choice rates = added)')
  const predicted = [...used]
    .filter(([{ phase }]) => phase !== 'load')
    .map(([point, how]): PredictedPoint => {
      const { file, line, phase, processor, tokens, past, ns } = point
      const predictedNs = predict(point, model, device)
      return { file, line, phase, processor, tokens, past, used: how, measuredNs: ns, predictedNs, error: predictedNs / ns - 1 }
    })
  return { schema: 'worldswitch-device-fit/1', model: model.id, parameters, points: predicted, warnings, device }
}

function idOf(phase: FitPoint['phase'], processor: FitPoint['processor']): ParameterId {
  if (phase === 'load') return 'flash.load8GiBMs'
  if (phase === 'decode') return processor === 'cpu' ? 'cpu.bandwidthGBs' : 'npu.bandwidthGBs'
  return processor === 'cpu' ? 'cpu.prefillGflops' : 'npu.prefillTokensPerS'
}

/** FLOPs of the matmuls within layers: what the profile's prefill rates are over. */
function bodyFlops(model: Architecture, quant: Quantisation, tokens: number): number {
  return operators(model, quant, tokens, 0).reduce((sum, op) => sum + (op.kind === 'matmul' && op.layer >= 0 ? op.flops : 0), 0)
}

/** The parameter's value by one point, its spread (1 sd; NaN: none known), and where it stands. */
function valueOf(point: FitPoint, phase: FitPoint['phase'], model: Architecture): { value: number; sd: number; point: FitPoint }[] {
  const { ns, sdNs, tokens, past, quant, processor, modelBytes } = point
  const relative = sdNs < 0 ? NaN : sdNs / ns
  let value: number
  if (phase === 'load') {
    if (modelBytes === 0) return []
    value = (ns * 8 * GiB) / modelBytes / 1e6
  } else if (phase === 'decode') {
    // Weights are read once a token, the cache as far as it has grown by the middle of the run.
    const weights = unitBytes(model, quant).reduce((sum, bytes) => sum + bytes, 0)
    const cache = operators(model, quant, 1, past + Math.floor(tokens / 2)).reduce((sum, op) => sum + (op.kind === 'attention' ? op.bytes : 0), 0)
    value = ((weights + cache) * tokens) / ns
  } else {
    const rate = bodyFlops(model, quant, tokens) / ns
    const reference = bodyFlops(modelOf('llama-3-8b')!, quantisationOf('q8_0')!, REFERENCE_TOKENS) / REFERENCE_TOKENS
    value = processor === 'cpu' ? rate : (rate * 1e9) / reference
  }
  return [{ value, sd: value * relative, point }]
}

function parameterOf(id: ParameterId, values: readonly { value: number; sd: number; point: FitPoint }[], base: DeviceProfile): FittedParameter {
  const sorted = values.map(({ value }) => value).sort((a, b) => a - b)
  const value = median(sorted)
  const [only] = values
  const spread: Spread = values.length > 1 ? { range: [sorted[0]!, sorted.at(-1)!] } : Number.isNaN(only!.sd) ? null : { sd: only!.sd }
  const was = base.parameters[id] ?? devices[0]!.parameters[id] // a unit is the same on every device
  const places = values.map(({ point }) => `${point.file.split(/[\\/]/).at(-1)!}:${point.line}`)
  return {
    id,
    value,
    unit: was.unit,
    spread,
    points: values.length,
    base: was.value,
    source: `fitted to ${values.length} measured rate${values.length === 1 ? '' : 's'} (${places.slice(0, 6).join(', ')}${places.length > 6 ? ', …' : ''}), median`,
  }
}

function fittedProfile(base: DeviceProfile, parameters: readonly FittedParameter[], model: Architecture): DeviceProfile {
  const own = Object.fromEntries(parameters.map(({ id, value, unit, spread, source }) => [id, { value, unit, spread, grade: 'derived', source, informedBy: [] } satisfies Parameter]))
  return {
    ...base,
    id: `${base.id}-fitted`,
    title: `${base.title}, rates fitted`,
    note: `${parameters.map(({ id }) => id).join(', ')} are fitted to measured rates of ${model.id}; everything else is ${base.id}’s. ${base.note}`,
    parameters: { ...base.parameters, ...own },
  }
}

/** Whether the profile's totals can be taken apart as its choice of rates says. */
function holds(device: DeviceProfile): boolean {
  try {
    costsOf(nominal(device), defaultChoices(device))
    return true
  } catch (error) {
    if (error instanceof UsageFault) return false
    throw error
  }
}

const withAddedRates = (device: DeviceProfile): DeviceProfile => ({ ...device, choices: { ...device.choices, rates: { ...choiceOf(device, 'rates'), value: 'added' } } })

/** The time of a point's pass by the roofline of a replay on the device, without loading. */
function predict({ phase, tokens, past, quant, processor }: FitPoint, model: Architecture, device: DeviceProfile): number {
  const isPrefill = phase === 'prefill'
  const steps = isPrefill ? 1 : Math.min(tokens, 64)
  const trace = synthesiseOnce({ model, quant, device: onlyOn(device, processor), promptTokens: isPrefill ? tokens : Math.max(1, past), ...(isPrefill && past > 0 ? { pastTokens: past } : {}), outputTokens: isPrefill ? 1 : steps + 1 })
  let ns = 0
  for (let i = 0; i < trace.ops.length; i++) if ((trace.ops.step[i] === 0) === isPrefill) ns += trace.ops.durationNs[i]!
  return Math.round(isPrefill ? ns : (ns / steps) * tokens)
}

/** A device whose matmuls all run on one processor: the CPU by a head limit of one column. */
function onlyOn(device: DeviceProfile, processor: FitPoint['processor']): DeviceProfile {
  if (processor === 'npu') return device
  return { ...device, parameters: { ...device.parameters, 'npu.headOnCpuFrom': { ...(device.parameters['npu.headOnCpuFrom'] ?? devices[0]!.parameters['npu.headOnCpuFrom']), value: 1 } } }
}
