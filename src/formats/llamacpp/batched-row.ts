import { isRateTime, type RateSetting } from '../rates.js'
import { decimalToNs } from '../decimal-text.js'
import { ownNumber } from '../json-values.js'
import { ratesAgree } from '../rate-check.js'
import type { RateList } from '../rate-list.js'

/** A printed time whose last place is more of it than this is told better by its rate. */
const COARSE = 0.01

/** One half of a row: tokens of prompt or answer, their time in seconds and their rate, as they are written. */
interface Half {
  readonly phase: 'prefill' | 'decode'
  readonly tokens: number
  readonly past: number
  readonly seconds: string
  readonly perSecond: string
}

/** A row's facts: `streams` 1 where one sequence is processed. */
interface Row {
  readonly prompt: number
  readonly answer: number
  readonly streams: number
  readonly kv: number
  readonly isSweep: boolean
  readonly times: readonly [prompt: string, promptRate: string, answer: string, answerRate: string]
}

/** The rows of llama-batched-bench and of llama-sweep-bench, in a table or as JSON. In the first a row of several streams has
 *  their tokens in each pass and is left out; in the second the cache holds N_KV tokens before either half of the row. */
export class BatchedTable {
  private header: readonly string[] | undefined
  private threads = 0
  private isCpu = false

  constructor(private readonly rates: RateList) {}

  /** Whether the line was of a table. */
  line(text: string, line: number, setting: () => Partial<RateSetting>): boolean {
    const run = !text.includes('n_kv_max = ') ? null : /n_kv_max = \d+,.{0,200}n_gpu_layers = (-?\d{1,6}), n_threads = (\d{1,4})/.exec(text)
    if (run !== null) this.machine(Number(run[1]), Number(run[2]))
    if (!text.trimStart().startsWith('|')) return false
    const cells = text.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
    if (cells.includes('T_PP s') && cells.includes('T_TG s') && cells.includes('PP') && cells.includes('TG')) {
      this.header = cells
      return true
    }
    if (this.header === undefined || cells.every((cell) => /^:?-*:?$/.test(cell))) return false
    if (!/^\d+$/.test(cells[0]!)) return false
    if (cells.length !== this.header.length) {
      this.rates.skipped.count('row that is cut')
      return true
    }
    const at = (name: string): string => cells[this.header!.indexOf(name)] ?? ''
    const isSweep = !this.header.includes('B')
    const [prompt, answer, streams, kv] = ['PP', 'TG', 'B', 'N_KV'].map((name) => whole(at(name))) as [number, number, number, number]
    const times: Row['times'] = [at('T_PP s'), at('S_PP t/s'), at('T_TG s'), at('S_TG t/s')]
    this.add({ prompt, answer, streams: isSweep ? 1 : streams, kv, isSweep, times }, line, setting)
    return true
  }

  /** A row of `--output-format jsonl`. False: the object is none. */
  json(record: Readonly<Record<string, unknown>>, line: number, setting: () => Partial<RateSetting>): boolean {
    if (!Object.hasOwn(record, 't_pp') || !Object.hasOwn(record, 't_tg')) return false
    const at = (key: string): number => ownNumber(record, key) ?? NaN
    const isSweep = !Object.hasOwn(record, 'pl')
    this.machine(ownNumber(record, 'n_gpu_layers') ?? -1, ownNumber(record, 'n_threads') ?? 0)
    // JSON drops the zeros that `%f` wrote.
    const times = ['t_pp', 'speed_pp', 't_tg', 'speed_tg'].map((key) => at(key).toFixed(6)) as [string, string, string, string]
    const [prompt, answer, streams, kv] = ['pp', 'tg', 'pl', 'n_kv'].map((key) => whole(String(at(key)))) as [number, number, number, number]
    this.add({ prompt, answer, streams: isSweep ? 1 : streams, kv, isSweep, times }, line, setting)
    return true
  }

  private machine(layers: number, threads: number): void {
    this.isCpu = layers === 0
    this.threads = Number.isSafeInteger(threads) && threads > 0 ? threads : 0
  }

  private add(row: Row, line: number, setting: () => Partial<RateSetting>): void {
    const { prompt, answer, streams, kv, isSweep, times } = row
    if ([prompt, answer, streams, kv].some(Number.isNaN)) return this.rates.skipped.count('row whose counts are no numbers')
    if (streams !== 1) return this.rates.skipped.count('row of several streams at once (B above 1)')
    const past = isSweep ? kv : 0
    this.half({ phase: 'prefill', tokens: prompt, past, seconds: times[0], perSecond: times[1] }, line, setting)
    this.half({ phase: 'decode', tokens: answer, past: isSweep ? kv : prompt, seconds: times[2], perSecond: times[3] }, line, setting)
  }

  private half({ phase, tokens, past, seconds, perSecond }: Half, line: number, setting: () => Partial<RateSetting>): void {
    if (tokens === 0) return // nothing was asked for
    const ns = decimalToNs(seconds, 's')
    if (!ratesAgree(tokens, seconds, 's', perSecond)) return this.rates.skipped.count('rate that contradicts its time')
    const { threads, isCpu } = this
    const facts = (): Partial<RateSetting> => ({ ...setting(), ...(threads > 0 ? { threads } : {}), ...(isCpu ? { processor: 'cpu' as const, isProcessorTold: true } : {}) })
    const fromRate = Math.round((tokens * 1e9) / Number(perSecond))
    const places = /\.(\d*)/.exec(seconds)?.[1]!.length ?? 0
    const isCoarse = 0.5 * 10 ** (9 - places) > COARSE * ns
    if (isCoarse && ns >= 0 && isRateTime(fromRate)) this.rates.add(phase, { tokens, past, ns: fromRate, line, setting: facts, inferred: { ns: 'from-rate' } })
    else this.rates.add(phase, { tokens, past, ns, line, setting: facts })
  }
}

const whole = (text: string): number => (/^\d{1,12}$/.test(text) ? Number(text) : NaN)
