import { printable } from '../../base/quote.js'
import { commandLine } from '../../base/shell.js'
import { perSecond, type RateReading, type RateSetting } from '../../formats/rates.js'
import type { Architecture } from '../../model/architecture.js'
import { models } from '../../model/models.js'
import { isOfModel } from './choose.js'
import { candidatesOf, isCountUntold, quantWordOf, type Candidate } from './points.js'

/** A measured phase as a file has it. */
export interface HeldRate {
  readonly file: string
  readonly line: number
  readonly phase: 'load' | 'prefill' | 'decode'
  /** null: the file does not tell. */
  readonly tokens: number | null
  readonly past: number
  /** null where only the rate is told. */
  readonly ns: number | null
  readonly tokensPerS: number | null
  /** What was worked out rather than read: field → rule. */
  readonly inferred: Readonly<Record<string, string>>
  /** The file's words; '' where it has none. */
  readonly model: string
  readonly quant: string
  readonly device: string
  readonly backend: string
  readonly threads: number
  /** null: the file does not say. */
  readonly processor: RateSetting['processor'] | null
}

/** What files of rates hold, for who has not said yet which of it is to be fitted. */
export interface Holdings {
  readonly schema: 'worldswitch-rates/1'
  readonly rates: readonly HeldRate[]
  /** Rates of another kind (mixed, batched, of ops), which are never fitted. */
  readonly others: number
  /** What the readers left out of the files: reason → count. */
  readonly skipped: Readonly<Record<string, number>>
  /** Models of the table whose rates some of them may be. */
  readonly models: readonly string[]
  /** The command that fits them. */
  readonly next: string
}

/** Lists the rates of readings, and what to type to fit them. */
export function holdingsOf(files: readonly (readonly [file: string, reading: RateReading])[]): Holdings {
  const candidates = files.flatMap(([file, reading]) => candidatesOf(file, reading))
  const all = files.reduce((sum, [, { rates }]) => sum + rates.length, 0)
  const skipped = new Map<string, number>()
  for (const [, reading] of files) for (const [reason, count] of Object.entries(reading.skipped)) skipped.set(reason, (skipped.get(reason) ?? 0) + count)
  return { schema: 'worldswitch-rates/1', rates: candidates.map(heldOf), others: all - candidates.length, skipped: Object.fromEntries(skipped), models: modelsOf(candidates).map(({ id }) => id), next: nextCommand(files.map(([file]) => file), candidates) }
}

function heldOf({ file, rate, setting }: Candidate): HeldRate {
  const { subject, line, ns } = rate
  if (subject.of !== 'phase' || subject.phase === 'mixed') throw new RangeError('not the rate of a phase')
  const { phase, tokens, past } = subject
  const isUntold = isCountUntold(rate)
  const { model, quant, device, backend, threads, processor, isProcessorTold } = setting
  return { file, line, phase, tokens: isUntold || phase === 'load' ? null : tokens, past, ns: isUntold ? null : ns, tokensPerS: phase === 'load' ? null : perSecond(rate), inferred: rate.inferred, model, quant, device, backend, threads, processor: isProcessorTold ? processor : null }
}

const modelsOf = (candidates: readonly Candidate[]): Architecture[] => {
  const settings = [...new Set(candidates.map(({ setting }) => setting))].filter(({ model }) => model !== '')
  return models.filter((model) => settings.some((setting) => isOfModel(setting, model)))
}

/** The whole command, with a flag for each thing that has to be said or chosen. */
export function nextCommand(files: readonly string[], candidates: readonly Candidate[]): string {
  const settings = [...new Set(candidates.map(({ setting }) => setting))]
  const words = distinct(settings.map(({ model }) => model))
  const known = modelsOf(candidates)
  const [only] = known
  const parts = ['worldswitch', 'devices', 'fit', ...files.flatMap((file) => ['--from', file])]
  parts.push('--model', known.length > 0 ? known[0]!.id : 'MODEL')
  const own = settings.filter((setting) => setting.model === '' || only === undefined || isOfModel(setting, only))
  if (only === undefined && words.length > 1) parts.push('--rates-of', part(words[0]!))
  const quants = distinct(own.map((setting) => quantWordOf(setting)?.id ?? ''))
  if (quants.length !== 1 && own.every(({ modelBytes }) => modelBytes === 0 || quants.length > 1)) parts.push('--quant', quants[0] ?? 'QUANT')
  const devices = distinct(own.map(({ device }) => device))
  const backends = distinct(own.map(({ backend }) => backend))
  if (devices.length > 1) parts.push('--platform', part(devices[0]!))
  else if (backends.length > 1) parts.push('--platform', part(backends[0]!))
  const threads = distinct(own.map(({ threads: count }) => (count === 0 ? '' : `${count}`)))
  if (threads.length > 1) parts.push('--threads', threads[0]!)
  if (own.some(({ isProcessorTold }) => !isProcessorTold)) parts.push('--as', 'cpu')
  if (candidates.some(({ rate }) => isCountUntold(rate) && rate.subject.of === 'phase' && rate.subject.phase === 'prefill')) parts.push('--prompt-tokens', 'N')
  return commandLine(parts)
}

/** The rates in a line: `prefill 128 tokens (640 token/s), … of qwen2 1.5B Q4_0`. */
export function rateSentence(file: string, reading: RateReading): string {
  const { rates } = holdingsOf([[file, reading]])
  const some = rates.slice(0, 3).map(({ phase, tokens, tokensPerS }) => `${phase}${tokens === null ? '' : ` of ${tokens} tokens`}${tokensPerS === null ? '' : ` at ${Number(tokensPerS.toPrecision(4))} token/s`}`)
  if (rates.length > 3) some.push(`${rates.length - 3} more`)
  const words = distinct(rates.map(({ model }) => model)).slice(0, 3)
  return `${some.join(', ')}${words.length === 0 ? '' : `; of ${words.map((word) => printable(word, 80)).join(', ')}`}`
}

const distinct = (words: readonly string[]): string[] => [...new Set(words)].filter((word) => word !== '')
/** As much of a word as tells it: a part of it counts as well. */
const part = (word: string): string => word.slice(0, 60)
