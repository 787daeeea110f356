import { UsageFault } from '../../base/errors.js'
import { formatNs } from '../../base/units.js'
import { withOptions } from '../../policies/options.js'
import { factors, type Factor } from '../../replay/factors.js'
import type { Store } from '../../store/store.js'
import { CellMaker, type CellState } from '../cells/cell-maker.js'
import type { CellOrder } from '../cells/order.js'
import { runCells, type RunCellsOptions } from '../cells/run-cells.js'
import type { ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import { metricFor, metricName, metricOf, type Metric } from '../metric.js'
import { isModuleReference } from '../policy-module/consent.js'
import { withMechanisms } from '../policy-module/resolve.js'
import { rules, type Change, type Finding, type Seen } from './rules.js'

/** A gain below this share is not worth advice. */
export const WORTH = 0.001

/** A finding whose change was replayed. */
export interface Advice {
  readonly policy: string
  readonly rule: string
  readonly threshold: string
  readonly finding: string
  readonly change: string
  readonly metric: Metric
  readonly beforeNs: number
  readonly afterNs: number
  /** Won by the change; negative: lost. */
  readonly gainNs: number
  readonly share: number
  /** `wins`, `wins nothing`, or why it could not be replayed. */
  readonly verdict: string
  readonly words: string
}

export interface AdviceSpec extends CellState {
  readonly subject: string
  readonly device: ResolvedDevice
  /** Policies as they were given, with what was seen of each. */
  readonly seen: readonly { readonly reference: string; readonly findings: readonly Finding[] }[]
}

/** What every rule says of a cell. */
export const findings = (seen: Seen): Finding[] =>
  rules.flatMap((rule) => {
    const found = rule.see(seen)
    return found === undefined ? [] : [{ rule: rule.id, ...found, metric: metricFor(found.metric, seen.hasPrefill !== false) }]
  })

/** Replays every change that a rule proposes, each by itself, on the device's own values. A change that changes nothing, since
 *  the policy is so already, is left out. */
export async function advise(store: Store, spec: AdviceSpec, executor: Executor, options: RunCellsOptions = {}): Promise<Advice[]> {
  const maker = new CellMaker(store, options.consent)
  const subject = await maker.subject(spec.subject, spec.device.profile)
  const order = async (reference: string, change?: Change): Promise<CellOrder | string> => {
    const before = change !== undefined && 'parameter' in change ? spec.device.values[change.parameter] : undefined
    const values = before !== undefined && change !== undefined && 'parameter' in change ? { ...spec.device.values, [change.parameter]: before * change.times } : spec.device.values
    try {
      const policy = await maker.policy(change !== undefined && 'options' in change ? changedReference(reference, change.options) : reference)
      return maker.order(subject, policy, spec.device, spec, values)
    } catch (error) {
      if (error instanceof UsageFault) return error.message
      throw error
    }
  }
  const tried = []
  for (const { reference, findings: found } of spec.seen) {
    const before = await order(reference)
    if (typeof before === 'string') continue
    for (const finding of found) tried.push({ reference, finding, before, after: await order(reference, finding.change) })
  }
  const orders = tried.flatMap(({ before, after }) => (typeof after === 'string' ? [] : [before, after]))
  const { cells } = await runCells(store, orders, maker.shelf, executor, options)
  const prefilled = orders[0] === undefined || maker.subjectOf(orders[0]).hasPrefill
  let next = 0
  return tried.flatMap(({ reference, finding, after }): Advice[] => {
    const { rule, finding: saw, doing, change, metric } = finding
    const threshold = rules.find(({ id }) => id === rule)!.threshold
    const about = { policy: reference, rule, threshold, finding: saw, change: changeText(change), metric }
    if (typeof after === 'string') return [{ ...about, beforeNs: 0, afterNs: 0, gainNs: 0, share: 0, verdict: `cannot be: ${after}`, words: `${saw}: ${doing} cannot be (${after})` }]
    const [before, changed] = [cells[next++]!, cells[next++]!]
    if (before.key === changed.key || (['ttft', 'tpot', 'e2e'] as const).every((one) => Object.is(metricOf(before, one), metricOf(changed, one)))) return []
    const [beforeNs, afterNs] = [metricOf(before, metric), metricOf(changed, metric)]
    if (!Number.isFinite(beforeNs) || !Number.isFinite(afterNs)) return [{ ...about, beforeNs: 0, afterNs: 0, gainNs: 0, share: 0, verdict: `cannot be replayed: ${changed.message ?? before.message ?? 'no such time'}`, words: `${saw}: ${doing} cannot be replayed` }]
    const gainNs = beforeNs - afterNs
    const share = gainNs / beforeNs
    const name = !prefilled ? `the ${metricName(metric, false)}` : metric === 'e2e' ? 'the end-to-end time' : metric.toUpperCase()
    const wins = share >= WORTH
    const amount = `${formatNs(Math.abs(gainNs))} of ${name}, ${(100 * Math.abs(share)).toPrecision(2)} %`
    return [{ ...about, beforeNs, afterNs, gainNs, share, verdict: wins ? 'wins' : 'wins nothing', words: `${saw}: ${doing} would ${wins ? `win ${amount}` : share < -WORTH ? `lose ${amount}` : 'win nothing'}` }]
  })
}

function changeText(change: Change): string {
  return 'options' in change ? Object.entries(change.options).map(([key, value]) => `${key}=${value}`).join('&') : `${change.parameter} × ${change.times}`
}

/** The policy with a change of options. A module's own options nobody knows: its mechanisms alone are exchanged. Throws
 *  `UsageFault`. */
function changedReference(reference: string, options: Readonly<Record<string, string>>): string {
  if (!isModuleReference(reference)) return withOptions(reference, options)
  const exchanged = Object.entries(options).map(([key, value]): [Factor, string] => {
    const factor = factors.find((one) => one === key)
    if (factor === undefined) throw new UsageFault(`${key} is an option of built-in policies`)
    return [factor, value]
  })
  return withMechanisms(reference, exchanged)
}
