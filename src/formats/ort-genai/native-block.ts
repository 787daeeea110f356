import { decimalToNs } from '../decimal-text.js'
import { CONTRADICTS, PRINTED } from '../phase-time.js'
import { ratesAgree } from '../rate-check.js'
import { NOT_MEASURED, type RateList } from '../rate-list.js'
import { isRateTime, type RateSetting } from '../rates.js'
import { BATCHED } from './configuration.js'

const HEAD = /^\s{0,8}Batch size: (\d{1,6}), prompt tokens: (\d{1,9}), tokens to generate: (\d{1,9})/
const TITLE = /^\s{0,8}(Prompt processing|Token generation|Token sampling|E2E generation)(?: \([^)]{1,60}\))?:\s{0,20}$/
const VALUE = new RegExp(`^\\s{1,8}(avg \\(us\\)|avg \\(tokens/s\\)|stddev \\(us\\)):\\s{1,20}(${PRINTED})\\s{0,20}$`)
const RUNS = /^\s{1,8}n:\s{1,20}(\d{1,9}) \* (\d{1,9}) token\(s\)/

/** The report of model_benchmark, the benchmark in C++: mean, spread and number of prompts and of single passes. */
export class NativeBlock {
  private batch = 1
  private title = ''
  private line = 0
  private values = new Map<string, string>()

  constructor(
    private readonly list: RateList,
    private readonly setting: () => Partial<RateSetting>,
  ) {}

  /** Takes a line; false where it is none of the report. */
  take(text: string, line: number): boolean {
    const head = HEAD.exec(text)
    if (head !== null) {
      this.batch = Number(head[1])
      return true
    }
    const title = TITLE.exec(text)
    if (title !== null) {
      this.flush(1, undefined)
      this.title = title[1]!
      this.line = line
      return true
    }
    if (this.title === '') return false
    const value = VALUE.exec(text)
    if (value !== null) this.values.set(value[1]!, value[2]!)
    const runs = RUNS.exec(text)
    if (runs !== null) this.flush(Number(runs[1]), Number(runs[2]))
    return value !== null || runs !== null
  }

  /** Ends a part; `tokens` of each measurement, undefined where the report was cut before it. */
  flush(runs: number, tokens: number | undefined): void {
    const { title, values, list, line } = this
    this.title = ''
    this.values = new Map()
    const mean = values.get('avg (us)')
    if (mean === undefined || (title !== 'Prompt processing' && title !== 'Token generation')) return
    if (tokens === undefined || tokens === 0) return list.skipped.count('row that is cut')
    if (this.batch !== 1 || (title === 'Token generation' && tokens !== 1)) return list.skipped.count(BATCHED)
    const ns = decimalToNs(mean, 'us')
    if (!isRateTime(ns)) return list.skipped.count(NOT_MEASURED)
    if (!ratesAgree(tokens, mean, 'us', values.get('avg (tokens/s)') ?? '')) return list.skipped.count(CONTRADICTS)
    const sd = decimalToNs(values.get('stddev (us)') ?? '', 'us')
    const phase = title === 'Prompt processing' ? 'prefill' : 'decode'
    const subject = { of: 'phase', phase, tokens, past: 0 } as const
    const spread = { sdNs: isRateTime(sd) ? sd : -1, runs: Math.max(1, runs), samplesNs: [] }
    list.addWhole({ subject, ns, ...spread, setting: list.settings.of(this.setting()), line, inferred: {} })
  }
}
