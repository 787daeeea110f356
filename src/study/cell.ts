import { GiB } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { combinationNotes } from '../policies/legality.js'
import { policyOf } from '../policies/policies.js'
import { contendedNs, dramDemand, shareAbove } from '../replay/dram.js'
import { ENGINE_VERSION, runTasks } from '../replay/engine.js'
import type { Policy } from '../replay/factors.js'
import { COLD, type Initial } from '../replay/request-plan.js'
import { replay, withoutEach, type Replayed, type Setting } from '../replay/replay.js'
import { attribute } from '../replay/attribute.js'
import { RUN_SCHEMA, type NsByCause, type RunResult, type WindowResult } from '../run/result.js'
import type { Trace } from '../trace/trace.js'
import type { ResolvedDevice } from './device.js'
import { sampleIntervals } from './sampling.js'

/** A cell before it is replayed: plain choices of the user. */
export interface CellSpec {
  readonly trace: Trace
  readonly policy: string
  readonly device: ResolvedDevice
  /** Undefined: what the device's sources measured under. */
  readonly pressureBytes?: number
  readonly initial?: Initial
  readonly seed: number
  readonly samples: number
  readonly savings?: boolean
  readonly contention?: boolean
  /** Called with the number of replays done, of `replaysOf(spec)`. */
  readonly onReplay?: (done: number) => void
}
export interface CellRun {
  readonly result: RunResult
  readonly policy: Policy
  readonly setting: Setting
  readonly replayed: Replayed
}

export const pressureOf = (device: ResolvedDevice): number => device.values['memory.pressureGiB'] * GiB
export const replaysOf = ({ samples }: Pick<CellSpec, 'samples'>): number => 1 + 2 * samples

/** Replays one cell and attributes its time. Throws `UsageFault` (a combination that cannot be), `BrokenLaw`. */
export async function runCell(spec: CellSpec): Promise<CellRun> {
  const { trace, device } = spec
  const policy = policyOf(spec.policy)
  const pressureBytes = spec.pressureBytes ?? pressureOf(device)
  const initial = spec.initial ?? COLD
  const setting: Setting = { trace, policy, deviceId: device.profile.id, costs: costsOf(device.values, device.choices), pressureBytes, initial }
  const replayOf = spec.contention === true ? contended : replay
  const bandwidth = device.values['memory.bandwidthGBs']
  const replayed = replayOf(setting)
  spec.onReplay?.(1)
  const attributed = attribute(trace, replayed.plan, replayed.schedule)
  const { predictedNs, recordedNs } = replayed.plan.notes
  const busyNs = predictedNs + recordedNs
  const intervals = spec.samples > 0 ? await sampleIntervals(setting, device, spec.seed, spec.samples, replayOf, (done) => spec.onReplay?.(1 + done)) : null
  const result: RunResult = {
    schema: RUN_SCHEMA,
    cell: {
      trace: trace.hash,
      traceName: trace.header.name,
      policy: policy.id,
      device: device.profile.id,
      pressureBytes,
      seed: spec.seed,
      set: device.set,
      initial: { cached: initial.cached, protection: initial.protection ? 1 : 0 },
      engine: ENGINE_VERSION,
    },
    requests: attributed.requests,
    windows: spec.savings === true ? withSavings(attributed.windows, replayed) : attributed.windows,
    outsideNs: attributed.outsideNs,
    predictedShare: busyNs === 0 ? 0 : predictedNs / busyNs,
    intervals,
    ledgers: null,
    audit: null,
    warnings: [
      ...(device.profile.extrapolated === true ? [`extrapolated: ${device.profile.title}: nobody measured these mechanisms on one`] : []),
      ...combinationNotes(policy, trace.header.requests.length), 
      ...warningsOf(trace, replayed, bandwidth, spec.contention === true),
    ],
  }
  return { result, policy, setting, replayed }
}

function contended(setting: Setting): Replayed {
  const { plan, schedule } = replay(setting)
  const durationNs = contendedNs(plan.graph, schedule, setting.costs.sample['memory.bandwidthGBs'])
  const graph = { ...plan.graph, tasks: { ...plan.graph.tasks, durationNs } }
  return { plan: { ...plan, graph }, schedule: runTasks(graph, plan.servers) }
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

function warningsOf(trace: Trace, { plan, schedule }: Replayed, bandwidth: number, contention: boolean): string[] {
  const warnings = [...plan.warnings]
  const { unpredictable, substituted } = plan.notes
  if (unpredictable > 0) warnings.push(`${unpredictable} ops have neither FLOPs nor bytes: their recorded duration was kept on another processor`)
  if (substituted > 0) warnings.push(`${substituted} matmuls compute in a type without a sourced rate on this device: the INT8 rate was taken`)
  if (plan.requests.some(({ steps }) => steps[0] !== 0)) warnings.push('the trace holds no prefill: its first step stands for it')
  if (trace.header.requests.length === 0) warnings.push('the trace names no request')
  const endNs = Math.max(...plan.requests.map(({ stepEnds }) => schedule.startNs[stepEnds[stepEnds.length - 1]!]!))
  const share = shareAbove(dramDemand(plan.graph, schedule), bandwidth, endNs)
  if (contention) warnings.push('durations are stretched where DRAM demand exceeds its bandwidth: an assumed law')
  else if (share >= 0.005) warnings.push(`DRAM demand exceeds ${bandwidth} GB/s in ${(share * 100).toFixed(1)} % of the time; durations are not stretched for it (--contention does)`)
  return warnings
}
