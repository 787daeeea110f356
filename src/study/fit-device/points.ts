import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { quantOfWord } from '../../formats/quant-words.js'
import type { Rate, RateReading, RateSetting } from '../../formats/rates.js'
import { parameters, type Architecture } from '../../model/architecture.js'
import { nearestQuantisation, type Quantisation } from '../../model/quantisation.js'
import { quantisationNamed } from '../names.js'

/** A processor of a device profile that rates belong to. */
export type FitProcessor = 'cpu' | 'npu'

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
  /** How the weights are stored, in any common word; where a file holds several, which of them. */
  readonly quant?: string | undefined
  /** The file's word for a machine or backend, where it holds several. */
  readonly platform?: string | undefined
  /** Threads of the CPU, where a file holds rates with several numbers of them. */
  readonly threads?: number | undefined
  /** The file's word for a model, where its words are not the user's. */
  readonly ratesOf?: string | undefined
  /** Only the rates of these lines. */
  readonly lines?: readonly number[] | undefined
  /** Tokens of the prompts whose number a file does not tell. */
  readonly promptTokens?: number | undefined
  /** The processor of the profile that all rates belong to; default: what the file says, a GPU counting as the profile's
   *  accelerator (`npu`). */
  readonly processor?: FitProcessor | undefined
  /** Is told what was taken for granted. */
  readonly warn?: (text: string) => void
}

/** A rate with where it stands and under which setting it was measured. */
export interface Candidate {
  readonly file: string
  readonly rate: Rate
  readonly setting: RateSetting
}

/** A rate whose inferred fields say one of these is of several streams, or of tokens that were guessed and checked. */
const NO_PASS = /specul|draft|batch|stream|parallel/i

/** The rates of a reading that are loads, prefills or decodes of one pass after another; what is mixed, batched or speculative
 *  is none. */
export function candidatesOf(file: string, { rates, settings }: RateReading): Candidate[] {
  const candidates: Candidate[] = []
  for (const rate of rates) {
    const { subject, inferred } = rate
    if (subject.of !== 'phase' || subject.phase === 'mixed' || (subject.phase !== 'load' && !(subject.tokens > 0))) continue
    if (Object.values(inferred).some((rule) => NO_PASS.test(rule))) continue
    candidates.push({ file, rate, setting: settings[rate.setting]! })
  }
  return candidates
}

export const isCountUntold = ({ inferred }: Rate): boolean => Object.values(inferred).includes('count-not-told')

/** The point of a rate. Throws `UsageFault` for what the file does not say and the options do not either. */
export function pointOf({ file, rate, setting }: Candidate, options: PointOptions): FitPoint {
  const { subject, line, runs } = rate
  if (subject.of !== 'phase' || subject.phase === 'mixed') throw new RangeError('not the rate of a phase')
  const { phase } = subject
  const isUntold = isCountUntold(rate)
  if (isUntold && phase === 'prefill' && options.promptTokens === undefined)
    throw new UsageFault(`${printable(file)}:${line} has a rate of a prefill and does not say how long its prompt was`, 'say it with --prompt-tokens')
  if (isUntold && phase === 'decode') options.warn?.(`${printable(file)}: a decode whose length is not told is taken for one behind ${options.promptTokens === undefined ? 'a short prompt' : `${options.promptTokens} tokens`}`)
  const times = isUntold && phase === 'prefill' ? options.promptTokens! / subject.tokens : 1
  if (phase !== 'load' && options.processor === undefined && !setting.isProcessorTold)
    throw new UsageFault(`${printable(file)} does not say which processor its rates are of`, 'say it with --as cpu or --as npu (a GPU or an NPU)')
  return {
    file,
    line,
    phase,
    tokens: subject.tokens * times,
    past: isUntold && phase === 'decode' ? (options.promptTokens ?? subject.past) : subject.past,
    ns: rate.ns * times,
    sdNs: rate.sdNs < 0 ? -1 : rate.sdNs * times,
    runs,
    processor: options.processor ?? (setting.processor === 'cpu' ? 'cpu' : 'npu'),
    quant: quantOf(file, setting, options),
    modelBytes: setting.modelBytes,
  }
}

/** The file's word for how weights are stored. */
export const quantWordOf = ({ quant, model }: RateSetting): Quantisation | undefined => (quant === '' ? undefined : quantOfWord(quant)) ?? quantOfWord(model)

/** Sizes further than this from what the words say are of something else: a buffer that holds the weights twice, one of several
 *  parts of a file. */
const SIZE_FITS = 1.5
/** A file's smallest tensors are never stored in less than its word says: below this it is one buffer of several. */
const WHOLE = 0.9

/** How the weights are stored: by the user's or the file's word, with the bytes a weight of the file's own size of the model
 *  where it has one. Throws `UsageFault`: it says neither. */
function quantOf(file: string, setting: RateSetting, { quant: asked, model, warn }: PointOptions): Quantisation {
  const named = asked === undefined ? quantWordOf(setting) : quantisationNamed(asked)
  if (setting.modelBytes === 0) {
    if (named === undefined) throw new UsageFault(`${printable(file)} does not say how its weights are stored`, 'say it with --quant')
    return named
  }
  const bytesPerWeight = setting.modelBytes / parameters(model)
  const near = named ?? nearestQuantisation(bytesPerWeight)
  const share = bytesPerWeight / near.bytesPerWeight
  if (share > SIZE_FITS || share < (named === undefined ? 1 / SIZE_FITS : WHOLE)) {
    if (named === undefined) throw new UsageFault(`${printable(file)} has a model of ${setting.modelBytes} bytes, which ${model.id} is in no known quantisation`, 'name another --model, or say how its weights are stored with --quant')
    warn?.(`${printable(file)}: ${setting.modelBytes} bytes are not the size of ${model.id} in ${named.id}: its ${named.bytesPerWeight.toPrecision(3)} bytes a weight are taken`)
    return named
  }
  return { id: near.id, bytesPerWeight, computes: near.computes, source: `${setting.modelBytes} bytes of model in ${printable(file)}, over the parameters of ${model.id}` }
}
