import { MS } from '../../base/units.js'
import type { ParameterId } from '../../device/profile.js'
import type { Policy } from '../../replay/factors.js'
import type { Replayed } from '../../replay/replay.js'
import { causeIndex, type Cause } from '../../run/causes.js'
import type { NsByCause, RunResult, WindowResult } from '../../run/result.js'
import type { Metric } from '../metric.js'

/** What rules look at: a cell as it was replayed. */
export interface Seen {
  readonly policy: Policy
  readonly result: RunResult
  readonly replayed: Replayed
  /** False: there is no first token to wait for, and rules look at the whole run. True unless given. */
  readonly hasPrefill?: boolean
}

/** What would be changed: options of the policy, or a parameter of the device by a factor. */
export type Change = { readonly options: Readonly<Record<string, string>> } | { readonly parameter: ParameterId; readonly times: number }

/** Something that a rule saw, and what it would change; whether that wins anything a replay says. */
export interface Finding {
  readonly rule: string
  readonly finding: string
  readonly doing: string
  readonly change: Change
  readonly metric: Metric
}

interface Rule {
  readonly id: string
  /** When it speaks, as it is printed. */
  readonly threshold: string
  see(seen: Seen): Omit<Finding, 'rule'> | undefined
}

const CLOSE_MS = 1
const CLOSE_SWITCHES = 10
const EXPOSED = 0.05
const CALLS = 100
const CALL_SHARE = 0.001
const AGAIN = 1.5
const FASTER = 0.5

const WAIT = 'the TTFT (of the run time, without a prefill)'
/** The window that somebody waits for. */
const waitOf = (hasPrefill: boolean): WindowResult['name'] => (hasPrefill ? 'ttft' : 'request')

const percent = (share: number): string => `${(100 * share).toPrecision(3)} %`

/** The rules, in the order in which they are asked. */
export const rules: readonly Rule[] = [
  {
    id: 'batch NPU switches',
    threshold: `${CLOSE_SWITCHES} or more NPU switches that begin within ${CLOSE_MS} ms of the one before`,
    see({ policy, replayed }) {
      const { close, closeInPrefill, all } = closeSwitches(replayed)
      if (close < CLOSE_SWITCHES) return undefined
      const options: Readonly<Record<string, string>> = policy.npu.id === 'flex-npu' ? { granularity: 'request', eager: 'off' } : { npu: 'flex-npu' }
      return { finding: `${close} of ${all} NPU switches follow one another within ${CLOSE_MS} ms`, doing: 'batching them', change: { options }, metric: closeInPrefill < CLOSE_SWITCHES ? 'e2e' : 'ttft' }
    },
  },
  exposed('overlap restoring and computing', ['flash-read', 'decrypt', 'allocate', 'protect', 'smmu-map'], 'restoring the weights', ({ pipeline }) => pipeline.id === 'serial', 'restoring layer by layer under the computing', { pipeline: 'layered' }),
  exposed('allocate inside the pipeline', ['allocate'], 'allocating pages', ({ pipeline }) => pipeline.id === 'layered', 'allocating piece by piece inside the pipeline', { allocate: 'inside' }),
  exposed('migrate on more threads', ['allocate'], 'allocating pages', ({ memory }) => memory.id === 'tzasc-cma', 'migrating on four threads', { threads: '4' }),
  exposed('protect page by page', ['allocate', 'region-program'], 'growing a contiguous region', ({ memory }) => memory.id === 'tzasc-cma', 'page-granular protection', { memory: 'flex-mem' }),
  exposed('keep the framework’s state', ['framework-init'], 'initialising the framework', ({ startup }) => startup.id === 'cold-init', 'restoring a checkpoint', { startup: 'checkpoint' }),
  exposed('use the NPU', ['compute'], 'computing on the CPU alone', ({ npu, memory }) => !npu.usesNpu && memory.secure, 'computing on the NPU', { npu: 'co-driver' }),
  {
    id: 'decode on the CPU',
    threshold: `the NPU’s switches and launches expose ${percent(EXPOSED)} or more of the decode steps`,
    see({ policy, result }) {
      if (!policy.npu.usesNpu || !policy.npu.decodesOnNpu) return undefined
      const share = shareOf(result, 'step', ['npu-switch', 'npu-init', 'npu-launch'])
      return share < EXPOSED ? undefined : { finding: `the NPU’s switches and launches expose ${percent(share)} of the decode steps`, doing: 'decoding on the CPU', change: { options: { decode: 'cpu' } }, metric: 'tpot' }
    },
  },
  {
    id: 'fewer calls for flash',
    threshold: `${CALLS} or more world switches until the first token (in the run, without a prefill), exposing ${percent(CALL_SHARE)} or more of it`,
    see({ policy, result, hasPrefill = true }) {
      if (policy.pipeline.id !== 'layered') return undefined
      const calls = windowsOf(result, waitOf(hasPrefill)).reduce((sum, { counts }) => sum + counts.worldSwitches, 0)
      const share = shareOf(result, waitOf(hasPrefill), ['world-switch'])
      return calls < CALLS || share < CALL_SHARE ? undefined : { finding: `${calls} world switches ${hasPrefill ? 'until the first token' : 'in the run'} expose ${percent(share)} of it`, doing: 'flash requests of 16 MiB', change: { options: { flashPiece: '16MiB' } }, metric: 'ttft' }
    },
  },
  {
    id: 'keep weights between requests',
    threshold: `flash is read ${AGAIN} times or more as much as the models weigh`,
    see({ policy, result, replayed: { plan } }) {
      if (policy.residency.keeps || plan.requests.length < 2) return undefined
      const models = new Set(plan.source.requests.map(({ model }) => model).filter((model) => model >= 0))
      const weights = [...models].reduce((sum, model) => sum + plan.source.units(model).reduce((bytes, unit) => bytes + unit.bytes, 0), 0)
      const read = windowsOf(result, 'request').reduce((sum, { counts }) => sum + counts.flashBytes, 0)
      return weights === 0 || read < AGAIN * weights ? undefined : { finding: `flash is read ${(read / weights).toFixed(1)} times as much as the models weigh`, doing: 'keeping weights between requests', change: { options: { residency: 'llm-aware' } }, metric: 'ttft' }
    },
  },
  ...(
    [
      ['faster decryption', 'decrypt', 'decrypting', 'crypto.decrypt8GiBMs'],
      ['faster flash', 'flash-read', 'reading flash', 'flash.load8GiBMs'],
      ['faster page allocation', 'allocate', 'allocating pages', 'flexMem.allocate8GiBMs'],
      ['faster mapping for the NPU', 'smmu-map', 'mapping pages for the NPU', 'flexMem.smmuMap8GiBMs'],
      ['cheaper launches', 'npu-launch', 'launching on the NPU', 'npu.launchMs'],
    ] as const
  ).map(([id, cause, what, parameter]) => faster(id, cause, what, parameter)),
]

/** A policy's option, where causes expose enough of the time to the first token. */
function exposed(id: string, causes: readonly Cause[], what: string, fits: (policy: Policy) => boolean, doing: string, options: Readonly<Record<string, string>>): Rule {
  return {
    id,
    threshold: `${what} exposes ${percent(EXPOSED)} or more of ${WAIT}`,
    see({ policy, result, hasPrefill = true }) {
      const share = fits(policy) ? shareOf(result, waitOf(hasPrefill), causes) : 0
      return share < EXPOSED ? undefined : { finding: `${what} exposes ${percent(share)} of the ${hasPrefill ? 'TTFT' : 'run time'}`, doing, change: { options }, metric: 'ttft' }
    },
  }
}

/** A device's parameter, where its cause does: what to build or buy. */
function faster(id: string, cause: Cause, what: string, parameter: ParameterId): Rule {
  return {
    id,
    threshold: `${what} exposes ${percent(EXPOSED)} or more of ${WAIT}`,
    see({ result, hasPrefill = true }) {
      const share = shareOf(result, waitOf(hasPrefill), [cause])
      return share < EXPOSED ? undefined : { finding: `${what} exposes ${percent(share)} of the ${hasPrefill ? 'TTFT' : 'run time'}`, doing: `twice the speed of it (${parameter})`, change: { parameter, times: FASTER }, metric: 'ttft' }
    },
  }
}

const windowsOf = (result: RunResult, name: WindowResult['name']): WindowResult[] => result.windows.filter((window) => window.name === name)

function shareOf(result: RunResult, name: WindowResult['name'], causes: readonly Cause[]): number {
  const windows = windowsOf(result, name)
  const length = windows.reduce((sum, { lengthNs }) => sum + lengthNs, 0)
  const of = (exposedNs: NsByCause): number => causes.reduce((sum, cause) => sum + (exposedNs[cause] ?? 0), 0)
  return length === 0 ? 0 : windows.reduce((sum, { exposedNs }) => sum + of(exposedNs), 0) / length
}

/** NPU switches, and those that begin within `CLOSE_MS` of the end of the one before. What a long run forgot is not counted. */
function closeSwitches({ plan, schedule }: Replayed): { close: number; closeInPrefill: number; all: number } {
  const { tasks } = plan.graph
  const at: number[] = []
  for (let t = 0; t < tasks.length; t++) if (tasks.cause[t] === causeIndex['npu-switch'] || tasks.cause[t] === causeIndex['npu-init']) at.push(t)
  at.sort((a, b) => schedule.startNs[a]! - schedule.startNs[b]!)
  const close = at.filter((t, i) => i > 0 && schedule.startNs[t]! - schedule.startNs[at[i - 1]!]! - tasks.durationNs[at[i - 1]!]! < CLOSE_MS * MS)
  return { close: close.length, closeInPrefill: close.filter((t) => tasks.step[t] === 0).length, all: at.length }
}
