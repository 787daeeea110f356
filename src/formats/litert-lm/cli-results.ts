import { durationNs } from '../duration.js'
import type { RateList } from '../rate-list.js'
import type { Machine } from './machine.js'

/** What `litert-lm benchmark` prints: the tokens that were asked for, then rates of them. */
export class CliResults {
  private prefillTokens = 0
  private decodeTokens = 0

  constructor(private readonly rates: RateList) {}

  line(text: string, line: number, machine: Machine): void {
    if (/^\s*Benchmarking model:/.test(text)) this.prefillTokens = this.decodeTokens = 0
    const asked = /^\s*Number of tokens in (prefill|decode)\s{0,4}:\s{0,10}(\d{1,9})\s*$/.exec(text)
    if (asked !== null) {
      if (asked[1] === 'prefill') this.prefillTokens = Number(asked[2])
      else this.decodeTokens = Number(asked[2])
      return
    }
    const setting = () => machine.setting()
    const speed = /^\s*(Prefill|Decode) speed:\s{1,40}(-?[\d.]{1,20}|-?nan|-?inf) tokens\/s\b/.exec(text)
    if (speed !== null) {
      const isPrefill = speed[1] === 'Prefill'
      const asked = isPrefill ? this.prefillTokens : this.decodeTokens
      const tokens = Math.max(1, asked)
      const isSpeculative = !isPrefill && machine.isSpeculative === true
      const rules = { ns: 'from-rate', ...(asked === 0 ? { tokens: 'count-not-told' } : {}), ...(isSpeculative ? { phase: 'speculative-decoding' } : {}) }
      const past = isPrefill ? 0 : this.prefillTokens
      const ns = Math.round((tokens * 1e9) / Number(speed[2]))
      this.rates.add(isPrefill ? 'prefill' : isSpeculative ? 'mixed' : 'decode', { tokens, past, ns, line, setting, inferred: rules })
      return
    }
    const init = /^\s*Init time:\s{1,40}(-?\S{1,30} s)\s*$/.exec(text)
    if (init !== null) this.rates.add('load', { tokens: 0, ns: durationNs(init[1]!), line, setting })
    const first = /^\s*Time to first token:\s{1,40}(-?\S{1,30} s)\s*$/.exec(text)
    const inferred = { phase: 'time-to-first-token' }
    if (first !== null) this.rates.add('mixed', { tokens: this.prefillTokens, ns: durationNs(first[1]!), line, setting, inferred })
  }
}
