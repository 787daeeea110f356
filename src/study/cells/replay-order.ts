import { mean } from 'simple-statistics'
import { UsageFault } from '../../base/errors.js'
import { GiB } from '../../base/units.js'
import { costsOf } from '../../device/costs.js'
import { namingDevice } from '../../device/missing.js'
import { tallied } from '../../replay/attribute.js'
import { holdPressure } from '../../replay/board.js'
import { addCounts, noCounts } from '../../replay/counts.js'
import type { Policy } from '../../replay/factors.js'
import { ledgersOf } from '../../replay/ledgers.js'
import type { Replayed, Setting } from '../../replay/replay.js'
import type { Repricer } from '../../replay/repricer.js'
import type { RequestSource } from '../../replay/request-source.js'
import type { Cause } from '../../run/causes.js'
import type { Ledgers } from '../../run/ledgers.js'
import { sharesFrom, sharesOf } from '../../run/shares.js'
import type { CellOutcome, CellSummary, CellTasks, CellTax } from '../../run/outcome.js'
import type { NsByCause, WindowResult } from '../../run/result.js'
import { contendedReplay } from '../contended.js'
import { replaySetting } from '../replay-setting.js'
import { servingOf } from '../service.js'
import type { CellOrder } from './order.js'

/** Tasks from which on a workload's replay forgets what no window asks for again; that changes no result. */
export const FORGET_FROM = 1_000_000

/** Replays a cell and keeps what a study keeps. What cannot be replayed is an outcome too; every other fault is thrown. */
export function replayOrder(order: CellOrder, source: RequestSource, isWorkload: boolean, policy: Policy, repricer?: Repricer): CellOutcome {
  const { device, pressureBytes, initial, contention, here, placement } = order
  try {
    const sizeGiB = device.values['memory.sizeGiB']
    if (sizeGiB !== undefined) holdPressure(sizeGiB * GiB, pressureBytes)
    const setting: Setting = { source, policy, here, placement, costs: costsOf(device.values, device.choices), pressureBytes, initial, ...(isWorkload && !contention && order.keepTasks !== true ? { forgetFrom: FORGET_FROM } : {}) }
    return outcomeOf(namingDevice(device.id, () => (contention ? contendedReplay : replaySetting)(setting, repricer)), setting, isWorkload, order.keepTasks === true)
  } catch (error) {
    if (error instanceof UsageFault) return { state: 'refused', message: error.message }
    throw error
  }
}

function outcomeOf({ plan, schedule }: Replayed, setting: Setting, isWorkload: boolean, keepTasks: boolean): CellOutcome {
  const tally = tallied(plan, schedule, isWorkload ? 'all' : 'times')
  const { requests, windows, outsideNs } = tally.attributed(plan.requests, 'all')
  const tpots = requests.flatMap(({ tpotNs }) => (tpotNs === null ? [] : [tpotNs]))
  const first = windows.filter(({ name }) => name === 'ttft')
  const steps = windows.filter(({ name }) => name === 'step')
  const summary: CellSummary = {
    requests: requests.length,
    tokens: requests.reduce((sum, { tokens }) => sum + tokens, 0),
    ttftNs: mean(requests.map(({ ttftNs }) => ttftNs)),
    tpotNs: tpots.length === 0 ? null : mean(tpots),
    e2eNs: mean(requests.map(({ e2eNs }) => e2eNs)),
    ttftExposedNs: summed(first, 'exposedNs'),
    decodeExposedNs: summed(steps, 'exposedNs'),
    busyNs: summed([...first, ...steps], 'busyNs'),
    outsideNs,
    ttftCounts: counted(first),
    decodeCounts: counted(steps),
    predictedShare: sharesOf(plan.notes.result).predicted,
    shares: sharesFrom(plan.notes),
    tax: isWorkload ? taxOf(ledgersOf(plan, tally, setting, windows)) : null,
    saturated: servingOf(plan.source, plan, tally, requests)?.saturated ?? false,
    warnings: plan.warnings,
  }
  const kept = isWorkload ? windows.filter(({ name }) => name !== 'step') : windows
  return { state: 'done', summary, windows: kept, ...(keepTasks ? { tasks: tasksOf(plan, schedule) } : {}) }
}

const taxOf = ({ memory, npu, tax }: Ledgers): CellTax => ({ meanHeldBytes: tax.meanHeldBytes, peakHeldBytes: memory.peakHeldBytes, stage2CostShare: tax.stage2CostShare, swappedBytes: tax.swappedBytes, npuJobsMissed: npu.jobs.missed })

function summed(windows: readonly WindowResult[], what: 'exposedNs' | 'busyNs'): NsByCause {
  const sums: NsByCause = {}
  for (const window of windows) for (const [cause, ns] of Object.entries(window[what]) as [Cause, number][]) sums[cause] = (sums[cause] ?? 0) + ns
  return sums
}

function counted(windows: readonly WindowResult[]): CellSummary['ttftCounts'] {
  const sum = noCounts()
  for (const { counts } of windows) addCounts(sum, counts)
  return sum
}

function tasksOf({ graph: { tasks } }: Replayed['plan'], { startNs, holder }: Replayed['schedule']): CellTasks {
  const { length, ...columns } = tasks
  return { length, columns: { ...columns, startNs: startNs.subarray(0, length), holder: holder.subarray(0, length) } }
}
