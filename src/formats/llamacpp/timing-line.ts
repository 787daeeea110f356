import { decimalToNs } from '../decimal-text.js'
import { ratesAgree } from '../rate-check.js'

const NUMBER = String.raw`-?(?:[\d.]{1,20}|nan|inf)`
const RATE = String.raw`(?:\s{1,8}\(\s{0,20}${NUMBER} ms per (?:token|run)(?:,\s{0,20}(${NUMBER}) tokens per second)?\))?`
const COUNT = String.raw`(?:\s{0,4}/\s{0,20}(\d{1,12}) (?:tokens|runs))?`
const WHAT = String.raw`(?:^|[\s|:\]"])(load|prompt eval|generation eval|eval|sampling|sample|total)`
const TIMING = new RegExp(String.raw`${WHAT} time\s{0,20}=\s{0,20}(${NUMBER}) ms${COUNT}${RATE}`)
const TAG = /(?:llama_perf_context_print|llama_perf_sampler_print|llama_print_timings|common_perf_print|(?<![A-Za-z_])print_timings?)\b[^=]{0,120}$/
const RUN = /llama_perf_context_print|llama_print_timings|common_perf_print/
/** Nothing ahead but what a logger writes there: `[53409]`, a time, a level. */
const BARE = /(?:^|[\]:|>)\d]|\b[DIWEV])\s*\|?$/
const CUT = /(?:llama_perf_context_print|llama_print_timings|common_perf_print|print_timing: id[^=]{0,60}\|)\s{0,4}:?\s{1,20}(?:load|prompt eval|eval|total) time\b/

/** One line of timings. */
export interface TimingLine {
  readonly what: 'load' | 'prefill' | 'decode' | 'sampling' | 'total'
  /** NaN: it is no number. */
  readonly ns: number
  readonly tokens: number
  /** Whether the words ahead name the function that printed it. */
  readonly isTagged: boolean
  /** Whether it is of a whole run rather than of a server's request. */
  readonly isOfRun: boolean
  /** Whether it tells tokens a second, which nothing else does in these words. */
  readonly isSure: boolean
  /** Its rate is not that of its time. */
  readonly isContradictory: boolean
}

const names = { load: 'load', 'prompt eval': 'prefill', 'generation eval': 'decode', eval: 'decode', sampling: 'sampling', sample: 'sampling', total: 'total' } as const

/** The timing of a line in any form of llama.cpp since 2023; 'cut': it begins like one; undefined: none. */
export function timingOf(text: string): TimingLine | 'cut' | undefined {
  if (!text.includes(' time')) return undefined
  const found = TIMING.exec(text)
  if (found === null) return CUT.test(text) ? 'cut' : undefined
  const before = text.slice(0, found.index + 1)
  const isTagged = TAG.test(before)
  const [whole, what, ms, count, rate] = found
  const tokens = Number(count ?? 0)
  const isSure = whole.includes('ms per')
  if (!isTagged && !isSure && !BARE.test(before)) return undefined
  return {
    what: names[what as keyof typeof names],
    ns: decimalToNs(ms!, 'ms'),
    tokens,
    isTagged,
    isOfRun: isTagged && RUN.test(before),
    isSure,
    isContradictory: rate !== undefined && tokens > 0 && !ratesAgree(tokens, ms!, 'ms', rate),
  }
}
