import type { DraftRate, RateList } from '../rate-list.js'
import { isRateTime } from '../rates.js'
import type { Load, LoadedModel } from './loaded-model.js'
import { correctLoad, type TimingBlock } from './load-time.js'
import { ServerSlots } from './server-slots.js'
import { timingOf, type TimingLine } from './timing-line.js'

/** Lines of one block of timings stand close together; those of other threads may come between. */
const BLOCK_LINES = 4
const SPECULATIVE = { phase: 'speculative-decoding' } as const
const SHARED = { phase: 'several-slots-at-once' } as const

/** The timings of a log: blocks of a run and of a server's requests. */
export class LogTimings {
  private readonly slots = new ServerSlots()
  private block: TimingBlock | undefined
  private lastLine = -BLOCK_LINES
  /** What is printed next is of a whole benchmark, of a program that decodes speculatively, or of a model loaded before. */
  private left: string | undefined
  private isLoadedBefore = false
  /** The decode that was told last: how it was drafted stands behind it. */
  private lastDecode: DraftRate | undefined

  constructor(
    private readonly rates: RateList,
    private readonly model: LoadedModel,
  ) {}

  /** A table was met: the sums that its program prints at its end are of all rows together. */
  ofWholeBenchmark(): void {
    this.left = 'timing of a whole benchmark'
  }

  footer([prompt, generation]: readonly [number, number], line: number): void {
    const load = this.model.current
    const setting = () => this.model.setting(load)
    const inferred = { ns: 'from-rate', tokens: 'count-not-told' }
    this.rates.add('prefill', { tokens: 1, ns: Math.round(1e9 / prompt), line, setting, inferred })
    if (this.model.isDrafting) this.rates.add('mixed', { tokens: 1, ns: Math.round(1e9 / generation), line, setting, inferred: { ...inferred, ...SPECULATIVE } })
    else this.rates.add('decode', { tokens: 1, ns: Math.round(1e9 / generation), line, setting, inferred })
  }

  line(text: string, line: number): void {
    if (text.includes('loaded meta data') || text.includes('load_model: loading model')) {
      this.left = undefined
      this.isLoadedBefore = false
    }
    this.slots.line(text)
    if (this.drafted(text, line)) return
    if (text.includes('llama-bench: ') && /llama-bench: benchmark (?!1\/)\d/.test(text)) this.isLoadedBefore = true
    const timing = timingOf(text)
    if (timing === undefined) return
    if (timing === 'cut') return this.rates.skipped.count('timing that is cut')
    const isNear = line - this.lastLine <= BLOCK_LINES
    if (!timing.isTagged && !timing.isSure && !isNear && this.slots.last === undefined) return
    if (!isNear || timing.what === 'load') this.block = undefined
    this.lastLine = line
    this.timing(timing, line)
    if (timing.what !== 'sampling') this.model.timed()
    if (timing.what === 'total') this.block = undefined
  }

  private timing(timing: TimingLine, line: number): void {
    const { what, ns, tokens } = timing
    const load = this.model.current
    this.block ??= { load, isJudged: false }
    const block = this.block
    if (what === 'sampling') {
      block.samplingNs = ns
      return
    }
    if (this.left !== undefined) return this.rates.skipped.count(this.left)
    if (timing.isContradictory) return this.rates.skipped.count('rate that contradicts its time')
    if (what === 'load' && this.isLoadedBefore) return this.rates.skipped.count('load time of a model that was loaded before')
    const setting = () => this.model.setting(load)
    if (what === 'load') block.loadRate = this.rates.add('load', { tokens: 0, ns, line, setting })
    else if (what === 'total') {
      this.rates.add('mixed', { tokens, ns, line, setting })
      block.totalNs = ns
    } else if (isRateTime(ns) && tokens === 0) this.rates.skipped.count('timing without a count of tokens')
    else this.phase(what, timing, line, load, block)
    if (block.loadRate !== undefined) correctLoad(block, this.rates)
  }

  private phase(what: 'prefill' | 'decode', { ns, tokens, isOfRun }: TimingLine, line: number, load: Load, block: TimingBlock): void {
    const request = isOfRun ? undefined : this.slots.last
    const setting = () => this.model.setting(load)
    const isShared = request?.isShared === true
    const draft = this.rates.add(isShared ? 'mixed' : what, { tokens, ns, line, setting, inferred: isShared ? SHARED : {} })
    if (what === 'prefill') block.prefillNs = ns
    else block.decodeNs = ns
    this.lastDecode = what === 'decode' ? draft : undefined
    if (request === undefined || draft === undefined) return
    request[what] = draft
    if (request.cached >= 0) request.tellPast(request.cached)
  }

  /** Lines of speculative decoding: more than one token goes through a pass, so its tokens are no steps. */
  private drafted(text: string, line: number): boolean {
    const accepted = !text.includes('draft acceptance') ? null : /draft acceptance(?: rate)?\s{0,4}=.{0,40}?accepted \/\s{0,10}(\d{1,12}) generated\)/.exec(text)
    if (accepted !== null) {
      const decode = this.slots.last === undefined ? this.lastDecode : this.slots.last.decode
      if (Number(accepted[1]) > 0 && decode !== undefined) speculative(decode)
      this.lastDecode = undefined
      this.lastLine = line
      return true
    }
    const coded = !text.includes('tokens in') ? null : /\b(encoded|decoded)\s{1,4}(\d{1,9}) tokens in\s{1,10}(-?[\d.]{1,20}|-?nan|-?inf) seconds, speed:/.exec(text)
    if (coded === null) return false
    const load = this.left === undefined ? this.model.ofTarget() : this.model.current
    this.left = 'timing of a context of speculative decoding'
    const setting = () => this.model.setting(load)
    const ns = Math.round(Number(coded[3]) * 1e9)
    if (coded[1] === 'encoded') this.rates.add('prefill', { tokens: Number(coded[2]), ns, line, setting })
    else this.rates.add('mixed', { tokens: Number(coded[2]), ns, line, setting, inferred: SPECULATIVE })
    return true
  }
}

function speculative(decode: DraftRate): void {
  decode.subject = { ...decode.subject, phase: 'mixed' }
  decode.inferred = { ...decode.inferred, ...SPECULATIVE }
}
