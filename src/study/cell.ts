import { GiB } from '../base/units.js'
import { MissingParameter, namingDevice } from '../device/missing.js'
import { isRecordedOn } from '../device/recorded-on.js'
import { costsOf, type Costs } from '../device/costs.js'
import type { DeviceValues } from '../device/profile.js'
import { combinationNotes } from '../policies/legality.js'
import { tallied } from '../replay/attribute.js'
import { holdPressure } from '../replay/board.js'
import { Repricer } from '../replay/repricer.js'
import { ENGINE_VERSION } from '../replay/engine.js'
import type { Policy } from '../replay/factors.js'
import type { Placement } from '../replay/predict.js'
import { ledgersOf } from '../replay/ledgers.js'
import { COLD, type Initial } from '../replay/request-plan.js'
import { withoutEach, type Replayed, type Setting } from '../replay/replay.js'
import type { Tally } from '../replay/tally.js'
import { sharesFrom, sharesOf } from '../run/shares.js'
import { RUN_SCHEMA, type NsByCause, type RunResult, type WindowResult } from '../run/result.js'
import { auditRun } from './audit/audit.js'
import { cellWarnings } from './cell-warnings.js'
import { FORGET_FROM } from './cells/replay-order.js'
import { contendedReplay } from './contended.js'
import type { ResolvedDevice } from './device.js'
import { NO_CODE, type Consent } from './policy-module/consent.js'
import { resolvePolicy } from './policy-module/resolve.js'
import { replaySetting } from './replay-setting.js'
import { sampleIntervals } from './sampling.js'
import { servingOf } from './service.js'
import type { Subject } from './subject.js'

/** A cell before it is replayed: plain choices of the user. */
export interface CellSpec {
  readonly subject: Subject
  readonly policy: string
  /** Needed where the policy is a module: its code runs. */
  readonly consent?: Consent
  readonly device: ResolvedDevice
  /** Undefined: what the device's sources measured under. */
  readonly pressureBytes?: number
  readonly initial?: Initial
  readonly seed: number
  readonly samples: number
  readonly savings?: boolean
  readonly contention?: boolean
  /** Which ops of a recording stay where they ran, on its own machine. Default: `policy`. */
  readonly placement?: Placement
  /** Called with the number of replays done, of `replaysOf(spec)`. */
  readonly onReplay?: (done: number) => void
}
export interface CellRun {
  readonly result: RunResult
  readonly policy: Policy
  readonly setting: Setting
  readonly replayed: Replayed
  readonly tally: Tally
}

/** The pressure of a cell, in bytes: what was given, else what the device's sources measured under. Throws `MissingParameter`,
 *  `UsageFault`: more than the board has, which would leave the normal world less than nothing. */
export function heldPressure(device: ResolvedDevice, given: number | undefined, { 'memory.sizeGiB': sizeGiB }: DeviceValues = device.values): number {
  const pressureBytes = given ?? pressureOf(device)
  if (sizeGiB !== undefined) holdPressure(sizeGiB * GiB, pressureBytes)
  return pressureBytes
}

/** What the device's sources measured under, in bytes. Throws `MissingParameter`. */
export function pressureOf({ profile, values }: ResolvedDevice): number {
  const pressureGiB = values['memory.pressureGiB']
  if (pressureGiB === undefined) throw new MissingParameter('memory.pressureGiB', undefined, profile.id)
  return pressureGiB * GiB
}
export const replaysOf = ({ samples }: Pick<CellSpec, 'samples'>): number => 1 + 2 * samples

/** Replays one cell and attributes its time. Throws `UsageFault` (a combination that cannot be), `BrokenLaw`. */
export async function runCell(spec: CellSpec): Promise<CellRun> {
  const { subject, device } = spec
  const policy = await resolvePolicy(spec.policy, spec.consent ?? NO_CODE)
  const pressureBytes = heldPressure(device, spec.pressureBytes)
  const initial = spec.initial ?? COLD
  const isWorkload = subject.trace === undefined
  // A stretched schedule is made of all tasks, so contention forgets none.
  const forgets = isWorkload && spec.contention !== true
  const setting: Setting = {
    source: subject.source,
    policy,
    here: subject.trace !== undefined && isRecordedOn(subject.trace.header, device.profile),
    placement: spec.placement ?? 'policy',
    costs: costsOf(device.values, device.choices),
    pressureBytes,
    initial,
    ...(forgets ? { forgetFrom: FORGET_FROM } : {}),
  }
  const replayOf = spec.contention === true ? contendedReplay : replaySetting
  const repricer = spec.samples > 0 ? new Repricer() : undefined // a lone replay keeps no prices
  const replayed = namingDevice(device.profile.id, () => replayOf(setting, repricer))
  spec.onReplay?.(1)
  const { plan, schedule } = replayed
  const tally = tallied(plan, schedule)
  const { requests, windows, outsideNs } = tally.attributed(plan.requests, isWorkload ? 'ttft-and-request' : 'all')
  const ledgers = ledgersOf(plan, tally, setting, windows)
  const at = (costs: Costs): Replayed => replayOf({ ...setting, costs }, repricer)
  const intervals = spec.samples > 0 ? await sampleIntervals(at, device, spec.seed, spec.samples, (done) => spec.onReplay?.(1 + done)) : null
  const result: RunResult = {
    schema: RUN_SCHEMA,
    cell: {
      trace: subject.hash,
      traceName: subject.name,
      policy: policy.id,
      device: device.profile.id,
      pressureBytes,
      seed: spec.seed,
      set: device.set,
      initial: { cached: initial.cached, ...(initial.cachedBytes === undefined ? {} : { cachedBytes: initial.cachedBytes }), protection: initial.protection ? 1 : 0 },
      engine: ENGINE_VERSION,
    },
    requests,
    windows: spec.savings === true && !forgets ? withSavings(windows, replayed) : windows,
    outsideNs,
    predictedShare: sharesOf(plan.notes.result).predicted,
    shares: sharesFrom(plan.notes),
    intervals,
    serving: servingOf(subject.source, plan, tally, requests),
    ledgers,
    audit: auditRun(policy, plan, tally, device.profile.masters),
    warnings: [
      ...(device.profile.extrapolated === true ? [`extrapolated: ${device.profile.title}: nobody measured these mechanisms on one`] : []),
      ...combinationNotes(policy, subject.source.requests.length),
      ...(spec.savings === true && forgets ? ['savings are not replayed for a workload: its tasks are forgotten on the way'] : []),
      ...cellWarnings(subject, replayed, device.values['memory.bandwidthGBs'], spec.contention === true, forgets),
    ],
  }
  return { result, policy, setting, replayed, tally }
}

function withSavings(windows: readonly WindowResult[], replayed: Replayed): WindowResult[] {
  const without = withoutEach(replayed)
  const saved: WindowResult[] = []
  let request = -1
  let window = 0
  for (const w of windows) {
    if (w.name === 'ttft') {
      request++
      window = 0
    }
    const arrivalNs = replayed.plan.requests[request]!.arrivalNs
    const savingNs: NsByCause = {}
    for (const [cause, endsNs] of without) {
      const ends = endsNs[request]!
      const from = w.name === 'request' || window === 0 ? arrivalNs : ends[window - 1]!
      const to = w.name === 'request' ? ends[ends.length - 1]! : ends[window]!
      savingNs[cause] = w.lengthNs - (to - from)
    }
    saved.push({ ...w, savingNs })
    window++
  }
  return saved
}
