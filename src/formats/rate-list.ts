import { BadInput } from '../base/errors.js'
import { Settings, isRateTime, type Rate, type RateReading, type RateSetting, type RateSubject } from './rates.js'
import { Skipped } from './skipped.js'

const MAX_RATES = 200_000

/** A time as a reader meets it: one run of a phase, with what it knows of where it was measured by the end of the file. */
export interface DraftRate {
  subject: Extract<RateSubject, { of: 'phase' }>
  ns: number
  readonly line: number
  /** What is asked at the end: a log may name its machine behind its times. */
  readonly setting: () => Partial<RateSetting>
  inferred: Rate['inferred']
  readonly runs: number
  /** A rate that is whole already, such as a row of llama-bench. */
  readonly whole?: Rate
}

/** What a reader gives: tokens of the phase, those in the cache before it, and its time. */
export interface Measured {
  readonly tokens: number
  readonly past?: number
  readonly ns: number
  readonly line: number
  readonly setting: () => Partial<RateSetting>
  readonly inferred?: Rate['inferred']
  /** Runs that the time is the mean of; default 1. */
  readonly runs?: number
}

/** Reason of what is printed and was not measured. */
export const NOT_MEASURED = 'timing that was not measured (0, inf or nan)'

/** The rates of a file while it is read: they may still be changed and dropped by what stands behind them. */
export class RateList {
  readonly settings = new Settings()
  readonly skipped = new Skipped()
  private readonly drafts: DraftRate[] = []
  private readonly dropped = new Set<DraftRate>()

  constructor(private readonly file: string) {}

  /** A time of a phase. Undefined, and counted: none was measured. Throws `BadInput` beyond 200 000. */
  add(phase: DraftRate['subject']['phase'], { tokens, past = 0, ns, line, setting, inferred = {}, runs = 1 }: Measured): DraftRate | undefined {
    if (!isRateTime(ns)) {
      this.skipped.count(NOT_MEASURED)
      return undefined
    }
    return this.push({ subject: { of: 'phase', phase, tokens, past }, ns, line, setting, inferred, runs })
  }

  addWhole(whole: Rate): void {
    const { subject, ns, line, inferred, runs } = whole
    if (subject.of === 'phase') this.push({ subject, ns, line, setting: () => ({}), inferred, runs, whole })
  }

  drop(draft: DraftRate, reason: string): void {
    if (this.dropped.has(draft)) return
    this.dropped.add(draft)
    this.skipped.count(reason)
  }

  /** What was read. Throws `BadInput` when that is nothing. */
  reading(format: string, expected: string): RateReading {
    const rates = this.drafts.filter((draft) => !this.dropped.has(draft)).map(({ subject, ns, line, setting, inferred, runs, whole }): Rate => {
      return whole ?? { subject, ns, sdNs: -1, runs, samplesNs: [], setting: this.settings.of(setting()), line, inferred }
    })
    if (rates.length === 0) throw new BadInput({ file: this.file, byteOffset: 0 }, expected, this.skipped.sentence())
    return { format, settings: this.settings.list, rates, skipped: this.skipped.record() }
  }

  private push(draft: DraftRate): DraftRate {
    if (this.drafts.length === MAX_RATES) throw new BadInput({ file: this.file, line: draft.line }, `at most ${MAX_RATES} timings`, 'more of them')
    this.drafts.push(draft)
    return draft
  }
}
