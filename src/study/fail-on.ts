import { CheckFailed, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { formatNs, MS, S, US } from '../base/units.js'
import type { ComparisonRow } from '../analysis/compared-tables.js'

const metrics = {
  ttft: (row: ComparisonRow) => row.ttftNs,
  tpot: (row: ComparisonRow) => row.tpotNs ?? 0,
  e2e: (row: ComparisonRow) => row.e2eNs,
  'switch-share': (row: ComparisonRow) => row.switchShare,
  speedup: (row: ComparisonRow) => row.ttftSpeedup,
} as const
type Metric = keyof typeof metrics
const units: Readonly<Record<string, number>> = { ns: 1, us: US, ms: MS, s: S, '%': 0.01, x: 1, '': 1 }

/** A condition under which a comparison fails: `flexserve:ttft>4s`, `flexserve:speedup<6x`, `flexserve:switch-share>5%`. */
export interface FailCondition {
  readonly text: string
  readonly policy: string
  readonly metric: Metric
  readonly above: boolean
  readonly limit: number
  /** The limit is a change against the baseline: `ttft>+5%`. */
  readonly relative?: true
}

const RELATIVE = /^(?:(.+):)?(ttft|tpot|e2e)([<>])([+-][0-9.]+)%$/

/** Throws `UsageFault`: not such a condition, or of a policy that does not take part. A relative one without a policy is of
 *  every policy. */
export function failConditions(text: string, policies: readonly string[]): FailCondition[] {
  const [, policy, metric, than, percent] = RELATIVE.exec(text) ?? []
  if (metric === undefined || !Number.isFinite(Number(percent))) return [failCondition(text, policies)]
  if (policy !== undefined && !policies.includes(policy)) throw new UsageFault(`--fail-on: policy ${quoteFound(policy)} does not take part`, `compared are ${policies.join(', ')}`)
  return (policy === undefined ? policies : [policy]).map((one) => ({ text, policy: one, metric: metric as Metric, above: than === '>', limit: Number(percent) / 100, relative: true }))
}

function failCondition(text: string, policies: readonly string[]): FailCondition {
  const match = /^(.+):([a-z0-9-]+)([<>])([0-9.]+)(ns|us|ms|s|%|x|)$/.exec(text)
  const metric = match?.[2]
  if (match === null || metric === undefined || !Object.hasOwn(metrics, metric) || !Number.isFinite(Number(match[4])))
    throw new UsageFault(`--fail-on: expected POLICY:METRIC>VALUE or <VALUE, or METRIC>+5%, found ${quoteFound(text)}`, `metrics are ${Object.keys(metrics).join(', ')}; values such as 4s, 300ms, 5%, 6x`)
  const policy = match[1]!
  if (!policies.includes(policy)) throw new UsageFault(`--fail-on: policy ${quoteFound(policy)} does not take part`, `compared are ${policies.join(', ')}`)
  return { text, policy, metric: metric as Metric, above: match[3] === '>', limit: Number(match[4]) * units[match[5] ?? '']! }
}

/** Throws `CheckFailed` naming trace, policy and value of the first condition that is met. `rows`: one of each of `policies`, as
 *  the conditions call them. */
export function checkConditions(traceName: string, rows: readonly ComparisonRow[], conditions: readonly FailCondition[], policies: readonly string[], baseline = ''): void {
  for (const condition of conditions) {
    const row = rows[policies.indexOf(condition.policy)]
    if (row === undefined) throw new CheckFailed(`${traceName}: ${condition.text} cannot be checked: ${condition.policy} is left out`)
    const own = metrics[condition.metric](row)
    const value = condition.relative === true ? changeOf(condition, row, rows, baseline) : own
    if (Number.isNaN(value)) continue
    if (condition.relative === true && (condition.above ? value > condition.limit : value < condition.limit))
      throw new CheckFailed(`${traceName}: ${condition.text} is met: ${condition.metric} of ${condition.policy} is ${(value * 100).toFixed(1)} % off ${baseline}'s`)
    if (condition.relative === true) continue
    if (condition.above ? value > condition.limit : value < condition.limit) {
      const shown = ['ttft', 'tpot', 'e2e'].includes(condition.metric) ? formatNs(value) : value.toPrecision(4)
      throw new CheckFailed(`${traceName}: ${condition.text} is met: ${condition.metric} of ${condition.policy} is ${shown}`)
    }
  }
}

/** Not a number for the baseline itself, and where it has no such time. */
function changeOf({ metric }: FailCondition, own: ComparisonRow, rows: readonly ComparisonRow[], baseline: string): number {
  const base = rows.find((row) => row.policy === baseline)
  return base === undefined || own === base || metrics[metric](base) === 0 ? Number.NaN : metrics[metric](own) / metrics[metric](base) - 1
}
