import { durationNs } from '../duration.js'
import type { RateList } from '../rate-list.js'
import type { Machine } from './machine.js'

/** What `benchmark_litert_model` prints of one signature of a model: `decode`, or `prefill_128` with the tokens in its name. */
export class SignatureRuns {
  private signature = ''

  constructor(private readonly rates: RateList) {}

  line(text: string, line: number, machine: Machine): void {
    const signature = /\bsignature_to_run_for[=: ]{1,3}"?([\w-]{1,80})/.exec(text)
    if (signature !== null) this.signature = signature[1]!
    const setting = () => machine.setting()
    const init = /\bModel initialization:\s{1,20}(-?[\w.]{1,20} ms)\s*$/.exec(text)
    if (init !== null) this.rates.add('load', { tokens: 0, ns: durationNs(init[1]!), line, setting })
    const mean = /\bInference \(avg\):\s{1,20}(-?[\w.]{1,20} ms) \((\d{1,7}) runs?\)/.exec(text)
    if (mean === null) return
    const prefill = /^prefill_(\d{1,7})(?:_|$)/.exec(this.signature)
    const tokens = prefill === null ? 1 : Number(prefill[1])
    if (prefill === null && !/^decode(?:_|$)/.test(this.signature)) return this.rates.skipped.count('runs of a signature that is neither prefill nor decode')
    this.rates.add(prefill === null ? 'decode' : 'prefill', { tokens, ns: durationNs(mean[1]!), line, setting, runs: Math.max(1, Number(mean[2])) })
  }
}
