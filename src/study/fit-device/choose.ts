import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { modelOfText } from '../../formats/model-match.js'
import type { RateSetting } from '../../formats/rates.js'
import { parameters, type Architecture } from '../../model/architecture.js'
import { quantisationNamed } from '../names.js'
import { quantWordOf, type Candidate, type FitProcessor, type PointOptions } from './points.js'

/** Parameter counts of one model differ between tools by what they count: tied heads, buffers. */
const SAME_SIZE = 0.2

/** The rates of one model, on one machine, stored in one way. Throws `UsageFault` with what there is to choose from. */
export function chosen(candidates: readonly Candidate[], options: PointOptions): Candidate[] {
  const { lines } = options
  const own = ofModel(candidates, options)
  const wanted = new Set(lines)
  const listed = lines === undefined ? own : own.filter(({ rate }) => wanted.has(rate.line))
  if (listed.length === 0) throw new UsageFault(`no rate of ${options.model.id} stands in line ${lines!.slice(0, 12).join(', ')}`, `they stand in ${shown(own.map(({ rate }) => `${rate.line}`))}`)
  return ofQuant(ofMachine(listed, options), options)
}

/** Rates whose words mean the model; else those of the file's only model, at the user's word. */
function ofModel(candidates: readonly Candidate[], { model, ratesOf, warn }: PointOptions): Candidate[] {
  const words = [...new Set(candidates.map(({ setting }) => setting.model))].filter((word) => word !== '')
  if (ratesOf !== undefined) {
    const asked = ratesOf.toLowerCase()
    const meant = words.includes(ratesOf) ? [ratesOf] : words.filter((word) => word.toLowerCase().includes(asked))
    if (meant.length === 0) throw new UsageFault(`no rate is of ${printable(ratesOf)}`, `there are rates of ${shown(words)}`)
    if (meant.length > 1) throw new UsageFault(`${printable(ratesOf)} may be ${shown(meant)}`, 'give --rates-of one of them whole')
    return taken(candidates.filter(({ setting }) => setting.model === meant[0]), model, warn)
  }
  const own = candidates.filter(({ setting }) => setting.model !== '' && isOfModel(setting, model))
  // What names no model is of the one that the file names, or of any.
  if (own.length > 0) return candidates.filter(({ setting }) => setting.model === '' || isOfModel(setting, model))
  // A file's type beside its name, and the type alone, are one model.
  const apart = words.filter((word) => !words.some((other) => other !== word && other.toLowerCase().includes(word.toLowerCase())))
  if (apart.length > 1) throw new UsageFault(`no rate is of ${model.id} by its name: there are rates of ${shown(apart)}`, 'say which are meant: --rates-of WORD')
  return taken(candidates, model, warn)
}

/** Rates that are the model's because the user says so. */
function taken(candidates: readonly Candidate[], model: Architecture, warn: PointOptions['warn']): Candidate[] {
  const [named] = candidates.filter(({ setting }) => setting.model !== '' && !isOfModel(setting, model))
  if (named === undefined) return [...candidates]
  const { model: word, parameters: count } = named.setting
  const other = modelOfText(word)
  const differs = count > 0 && Math.abs(count / parameters(model) - 1) > EQUAL_SIZE ? `, ${(count / 1e9).toPrecision(3)} B parameters where it has ${(parameters(model) / 1e9).toPrecision(3)} B` : ''
  warn?.(`the rates are of ${printable(word)}${other === undefined ? '' : ` (${other.id})`}${differs}: taken for ${model.id}, as you say`)
  return [...candidates]
}

function ofQuant(candidates: readonly Candidate[], { quant, warn }: PointOptions): Candidate[] {
  const ids = [...new Set(candidates.map(({ setting }) => quantWordOf(setting)?.id))].filter((id) => id !== undefined)
  if (quant === undefined) {
    if (ids.length > 1) throw new UsageFault(`there are rates of weights stored as ${shown(ids)}`, 'choose one with --quant')
    return [...candidates]
  }
  const { id } = quantisationNamed(quant)
  if (ids.length > 1 || (ids.length === 1 && ids[0] === id)) {
    const own = candidates.filter(({ setting }) => (quantWordOf(setting)?.id ?? id) === id)
    if (own.length === 0 || !ids.includes(id)) throw new UsageFault(`no rate is of weights stored as ${id}`, `there are ${shown(ids)}`)
    return own
  }
  if (ids.length === 1) warn?.(`the weights are stored as ${ids[0]!} by the file’s words: taken for ${id}, as you say`)
  return [...candidates]
}

/** Rates of one machine: of one device, and on each processor by one backend with one number of threads. */
function ofMachine(candidates: readonly Candidate[], { platform, threads, processor, warn }: PointOptions): Candidate[] {
  let own = [...candidates]
  if (platform !== undefined) {
    const words = (setting: RateSetting): string[] => [setting.device, setting.backend].filter((word) => word !== '')
    const exact = own.filter(({ setting }) => words(setting).includes(platform))
    const some = exact.length > 0 ? exact : own.filter(({ setting }) => words(setting).some((word) => word.toLowerCase().includes(platform.toLowerCase())))
    if (some.length === 0) throw new UsageFault(`there are no rates of ${printable(platform)}`, `there are ${shown(own.flatMap(({ setting }) => words(setting)))}`)
    own = some
  }
  if (threads !== undefined) {
    const some = own.filter(({ setting }) => setting.threads === threads)
    if (some.length === 0) throw new UsageFault(`there are no rates with ${threads} threads`, `there are ${shown(own.map(({ setting }) => `${setting.threads}`))}`)
    own = some
  }
  if (processor !== undefined) own = ofProcessor(own, processor, warn)
  const devices = valuesOf(own, ({ device }) => device)
  if (devices.length > 1) throw new UsageFault(`${filesOf(own)} rates of ${shown(devices)}`, 'choose one with --platform')
  for (const isCpu of [true, false]) {
    const ran = own.filter(({ setting, rate }) => (processor === undefined ? setting.processor === 'cpu' : processor === 'cpu') === isCpu && !(rate.subject.of === 'phase' && rate.subject.phase === 'load'))
    const backends = valuesOf(ran, ({ backend }) => backend)
    if (backends.length > 1) throw new UsageFault(`${filesOf(own)} rates of ${shown(backends)}`, 'choose one with --platform')
    const counts = valuesOf(ran, (setting) => (setting.threads === 0 ? '' : `${setting.threads}`))
    if (counts.length > 1) throw new UsageFault(`${filesOf(own)} rates with ${shown(counts)} threads`, 'choose one with --threads')
  }
  const unnamed = new Set(own.filter(({ setting }) => setting.device === '').map(({ file }) => file))
  if (devices.length === 1 && unnamed.size > 0) warn?.(`${shown([...unnamed])}: rates without a machine’s name are taken for ${printable(devices[0]!)}’s`)
  else if (new Set(own.map(({ file }) => file)).size > 1 && unnamed.size > 1) warn?.(`${shown([...unnamed])} do not name their machine: taken for one`)
  return own
}

/** The rates that the file says are of a processor, and those of which it does not say; where it says another of all, the user's
 *  word is taken. */
function ofProcessor(candidates: readonly Candidate[], processor: FitProcessor, warn: PointOptions['warn']): Candidate[] {
  const isOther = ({ setting }: Candidate): boolean => setting.isProcessorTold && (setting.processor === 'cpu') !== (processor === 'cpu')
  const own = candidates.filter((candidate) => !isOther(candidate))
  if (own.some(({ rate }) => rate.subject.of === 'phase' && rate.subject.phase !== 'load')) return own
  const [other] = candidates.filter(isOther)
  if (other !== undefined) warn?.(`the file says that ${other.setting.processor === 'cpu' ? 'the CPU' : `a ${other.setting.processor.toUpperCase()}`} ran: taken for ${processor}, as you say`)
  return [...candidates]
}

const valuesOf = (candidates: readonly Candidate[], of: (setting: RateSetting) => string): string[] => [...new Set(candidates.map(({ setting }) => of(setting)))].filter((word) => word !== '')

function filesOf(candidates: readonly Candidate[]): string {
  const files = [...new Set(candidates.map(({ file }) => file))]
  return `${shown(files)} ${files.length === 1 ? 'has' : 'have'}`
}

/** A few words of a file, safe to print. */
export function shown(words: readonly string[]): string {
  const distinct = [...new Set(words)].filter((word) => word !== '')
  if (distinct.length === 0) return 'none with a name'
  return `${distinct.slice(0, 12).map((word) => printable(word, 100)).join(', ')}${distinct.length > 12 ? `, and ${distinct.length - 12} more` : ''}`
}

/** Parameters of one model that two tools count in the same way. */
const EQUAL_SIZE = 0.05

/** By its name; else by its family and size: llama-bench's `qwen2 1.5B Q4_0` may be any Qwen 2 of that size. */
export function isOfModel(setting: RateSetting, model: Architecture): boolean {
  const named = modelOfText(setting.model)
  if (named !== undefined) return named.id === model.id
  const family = /^[a-z]+/.exec(model.id)![0]
  if (!setting.model.toLowerCase().includes(family)) return false
  const [size, own] = [sizeOf(setting.model), sizeOf(model.id)]
  if (setting.parameters === 0) return size !== undefined && size === own
  const difference = Math.abs(setting.parameters / parameters(model) - 1)
  // 7B is not 8B, but for a tool that rounds.
  return difference <= (size === undefined || own === undefined || size === own ? SAME_SIZE : EQUAL_SIZE)
}

/** `1.5B` of a name, in billions. */
function sizeOf(name: string): number | undefined {
  const found = /(\d{1,4}(?:\.\d{1,2})?)\s?b\b/i.exec(name)
  return found === null ? undefined : Number(found[1])
}
