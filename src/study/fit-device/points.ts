import { BadInput, UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { modelOfText, quantOfWord } from '../../formats/model-match.js'
import type { Rate, RateReading, RateSetting, RateSubject } from '../../formats/rates.js'
import { parameters, type Architecture } from '../../model/architecture.js'
import { quantisationNamed } from '../names.js'
import { quantisations, type Quantisation } from '../../model/quantisation.js'

/** A processor of a device profile that rates belong to. */
export type FitProcessor = 'cpu' | 'npu'
type PhaseSubject = Extract<RateSubject, { of: 'phase' }>

/** A measured time of a phase, with the model and processor that it is of. */
export interface FitPoint {
  readonly file: string
  readonly line: number
  readonly phase: 'load' | 'prefill' | 'decode'
  readonly tokens: number
  readonly past: number
  readonly ns: number
  /** -1: no spread is known. */
  readonly sdNs: number
  readonly runs: number
  readonly processor: FitProcessor
  readonly quant: Quantisation
  readonly modelBytes: number
}

export interface PointOptions {
  readonly model: Architecture
  readonly quant?: string | undefined
  /** The file's word for a machine, where it holds several. */
  readonly platform?: string | undefined
  /** The processor of the profile that all rates belong to; default: what the file says, a GPU counting as the profile's
   *  accelerator (`npu`). */
  readonly processor?: FitProcessor | undefined
}

/** Parameter counts of one model differ between tools by what they count: tied heads, buffers. */
const SAME_SIZE = 0.2

/** The phase rates of a reading that are of the model. Throws `BadInput`: none is, or they are of several machines. */
export function pointsOf(file: string, { rates, settings, format }: RateReading, options: PointOptions): FitPoint[] {
  const isOurs = settings.map((setting) => isOfModel(setting, options.model))
  const own = rates.filter(({ setting }) => isOurs[setting])
  if (own.length === 0) {
    const there = [...new Set(settings.map(({ model }) => model))].filter((model) => model !== '').slice(0, 12)
    throw new BadInput({ file, byteOffset: 0 }, `rates of ${options.model.id}`, there.length === 0 ? 'none' : there.join(', '), 'name its model with --model')
  }
  const chosen = own.filter(({ setting }) => options.platform === undefined || settings[setting]!.device === options.platform)
  const machines = [...new Set(chosen.map(({ setting }) => settings[setting]!.device))].filter((device) => device !== '')
  if (machines.length > 1) throw new UsageFault(`${printable(file)} has rates of ${machines.map((machine) => printable(machine)).join(', ')}`, 'choose one with --platform')
  if (chosen.length === 0) throw new UsageFault(`${printable(file)} has no rates of ${printable(options.platform ?? '')}`, `it has ${[...new Set(own.map(({ setting }) => settings[setting]!.device))].map((machine) => printable(machine)).join(', ')}`)
  const points = chosen.flatMap((rate) => pointOf(file, rate, settings[rate.setting]!, options))
  if (points.length === 0) throw new BadInput({ file, byteOffset: 0 }, 'times of loads, prefills or decodes', `other rates (${format})`, 'tokens/s of a phase, such as llama-bench gives')
  return points
}

function pointOf(file: string, rate: Rate, setting: RateSetting, options: PointOptions): FitPoint[] {
  const { subject } = rate
  if (subject.of !== 'phase' || subject.phase === 'mixed') return []
  const { phase, tokens, past } = subject as PhaseSubject & { phase: 'load' | 'prefill' | 'decode' }
  if (phase !== 'load' && tokens === 0) return []
  const quant = options.quant === undefined ? quantOf(file, setting, options.model) : quantisationNamed(options.quant)
  const processor = options.processor ?? (setting.processor === 'cpu' ? 'cpu' : 'npu')
  return [{ file, line: rate.line, phase, tokens, past, ns: rate.ns, sdNs: rate.sdNs, runs: rate.runs, processor, quant, modelBytes: setting.modelBytes }]
}

/** How the weights are stored: the file's word, else the size of the model a weight. Throws `UsageFault`: it says neither. */
function quantOf(file: string, setting: RateSetting, model: Architecture): Quantisation {
  const named = quantOfWord(`${setting.quant} ${setting.model}`)
  if (named !== undefined) return named
  if (setting.modelBytes === 0) throw new UsageFault(`${printable(file)} does not say how its weights are stored`, 'say it with --quant')
  const bytesPerWeight = setting.modelBytes / parameters(model)
  return [...quantisations].sort((a, b) => Math.abs(Math.log(a.bytesPerWeight / bytesPerWeight)) - Math.abs(Math.log(b.bytesPerWeight / bytesPerWeight)))[0]!
}

/** By its name; else by its family and size (llama-bench's `qwen2 1.5B Q4_0` may be any Qwen 2 of that size); a file that
 *  names no model is taken at the user's word. */
function isOfModel(setting: RateSetting, model: Architecture): boolean {
  if (setting.model === '') return true
  const named = modelOfText(setting.model)
  if (named !== undefined) return named.id === model.id
  const family = /^[a-z]+/.exec(model.id)![0]
  if (!setting.model.toLowerCase().includes(family)) return false
  if (setting.parameters > 0) return Math.abs(setting.parameters / parameters(model) - 1) <= SAME_SIZE
  return sizeOf(setting.model) === sizeOf(model.id)
}

/** `1.5B` of a name, in billions. */
function sizeOf(name: string): number | undefined {
  const found = /(\d{1,4}(?:\.\d{1,2})?)\s?b\b/i.exec(name)
  return found === null ? undefined : Number(found[1])
}
