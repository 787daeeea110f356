import { PRINTED, addFirstToken, addPrinted } from '../phase-time.js'
import type { RateList } from '../rate-list.js'
import type { RateSetting } from '../rates.js'

/** JSON of an answer's usage, the same over many lines, and metrics as `name value`. */
const NAMES = '(?:prompt|completion|prefill|decode)_tokens|(?:prefill|decode)_tokens_per_s|ttft_s|time_to_first_token_s|draft_count|accept_count|accept_rate'
const PAIR = new RegExp(`\\b(${NAMES})(?![\\w])"?\\s{0,4}[:=]?\\s{0,8}(${PRINTED})(?![\\w.])`, 'gi')
const RATES: ReadonlySet<string> = new Set(['prefill_tokens_per_s', 'decode_tokens_per_s'])

/** The figures of one answer, wherever in the lines they stand: a figure that comes again is another answer's. */
export class UsageBlock {
  private readonly found = new Map<string, string>()
  private firstLine = 0

  constructor(
    private readonly list: RateList,
    private readonly setting: () => () => Partial<RateSetting>,
  ) {}

  line(text: string, line: number): void {
    if (!/tokens|ttft|time_to_first/.test(text)) return
    for (const [, name, value] of text.matchAll(PAIR)) {
      const key = name!.toLowerCase()
      const isCount = key === 'prompt_tokens' || key === 'completion_tokens'
      // The usage tells its counts twice, ahead of its rates.
      if (isCount ? [...RATES].some((rate) => this.found.has(rate)) : this.found.has(key)) this.flush()
      if (this.found.size === 0) this.firstLine = line
      this.found.set(key, value!)
    }
  }

  flush(): void {
    const { found, list } = this
    const [prefillRate, decodeRate] = [...RATES].map((key) => found.get(key))
    if (prefillRate !== undefined || decodeRate !== undefined) {
      const line = this.firstLine
      const setting = this.setting()
      const count = (key: string): number | undefined => (Number.isSafeInteger(Number(found.get(key) ?? NaN)) ? Number(found.get(key)) : undefined)
      const [prefilled, prompt, decoded, completed] = ['prefill_tokens', 'prompt_tokens', 'decode_tokens', 'completion_tokens'].map(count)
      if (prefillRate !== undefined) addPrinted(list, { phase: 'prefill', tokens: prefilled ?? prompt, perSecond: prefillRate, line, setting })
      const steps = decoded ?? (completed === undefined ? undefined : Math.max(1, completed - 1))
      if ([...found.keys()].some((key) => /^(?:draft|accept)/.test(key))) list.skipped.count('speculative decoding: its tokens are no passes')
      else if (decodeRate !== undefined) {
        const inferred: Record<string, string> = decoded === undefined && completed !== undefined ? { tokens: 'first-token-by-prefill' } : {}
        addPrinted(list, { phase: 'decode', tokens: steps, perSecond: decodeRate, line, setting, inferred })
      }
      const first = found.get('ttft_s') ?? found.get('time_to_first_token_s')
      if (first !== undefined) addFirstToken(list, prompt, Math.round(Number(first) * 1e9), line, setting)
    }
    found.clear()
  }
}
