import { GiB } from '../../base/units.js'
import { costsOf, type Costs } from '../../device/costs.js'
import type { DeviceValues } from '../../device/profile.js'
import { policyOf } from '../../policies/policies.js'
import { replay, latencies, type Replayed } from '../../replay/replay.js'
import { attribute } from '../../replay/attribute.js'
import { watchedCosts, type WatchedCosts } from '../../replay/watched-costs.js'
import { causes, type Cause } from '../../run/causes.js'
import type { NsByCause } from '../../run/result.js'
import { synthesise } from '../../synth/synth.js'
import type { Trace } from '../../trace/trace.js'
import type { ResolvedDevice } from '../device.js'
import { quantisationNamed } from '../names.js'
import { lowerBounds } from './bounds.js'
import { architectureOf } from './papers-models.js'
import { replayPair } from './replay-pair.js'
import { sceneKey, type BoardId, type Scene } from './scene.js'
import type { Detail, Latency, See, Tally } from './see.js'

export type Boards = Readonly<Record<BoardId, ResolvedDevice>>
/** Where the multi-model claims were measured. */
const PAIR_BOARD: BoardId = 'rk3588-nanopc-t6'
export type ValuesOf = (board: BoardId) => DeviceValues

interface Seen<T> {
  readonly asked: WatchedCosts
  readonly result: T
}

/**
 * Replays scenes, each once for the same parameters. What a replay read of the central parameters is noted: where none
 * of that differs under other parameters, neither can the result, and it is not replayed again.
 */
export class Replays {
  private readonly traces = new Map<string, Trace>()
  private readonly latencies = new Map<string, Seen<Latency>>()
  private readonly details = new Map<string, Seen<Detail>>()
  /** Replays made so far. */
  count = 0

  constructor(
    private readonly boards: Boards,
    private readonly onReplay: () => void = () => {},
  ) {}

  /** Under the boards' own values. */
  readonly central: See = {
    latency: (scene) => this.once(this.latencies, scene, latencyOf).result,
    detail: (scene) => this.once(this.details, scene, detailOf).result,
    value: (board, id) => this.boards[board].values[id]!, // boards are built in and know every parameter
    pair: this.pairs((board) => this.boards[board].values),
  }

  /** Under other values. Throws `UsageFault` where nothing can be carved from them. */
  under(values: ValuesOf): See {
    const latencyMemo = new Map<string, Latency>()
    const detailMemo = new Map<string, Detail>()
    const anew = <T>(memo: Map<string, T>, central: Map<string, Seen<T>>, scene: Scene, of: (trace: Trace, replayed: Replayed) => T): T => {
      const key = sceneKey(scene)
      const known = memo.get(key)
      if (known !== undefined) return known
      const costs = this.costs(scene, values(scene.device))
      const before = central.get(key)
      const result = before !== undefined && before.asked.agrees(costs) ? before.result : this.replay(scene, costs, of)
      memo.set(key, result)
      return result
    }
    return {
      latency: (scene) => anew(latencyMemo, this.latencies, scene, latencyOf),
      detail: (scene) => anew(detailMemo, this.details, scene, detailOf),
      value: (board, id) => values(board)[id]!,
      pair: this.pairs(values),
    }
  }

  private once<T>(memo: Map<string, Seen<T>>, scene: Scene, of: (trace: Trace, replayed: Replayed) => T): Seen<T> {
    const key = sceneKey(scene)
    let seen = memo.get(key)
    if (seen === undefined) {
      const asked = watchedCosts(this.costs(scene, this.boards[scene.device].values))
      seen = { result: this.replay(scene, asked.costs, of), asked }
      memo.set(key, seen)
    }
    return seen
  }

  /** On FlexServe's board, each pair once. */
  private pairs(values: ValuesOf): See['pair'] {
    const memo = new Map<string, number>()
    return (pair, policy, options) => {
      const key = JSON.stringify([pair, policy, options])
      let ns = memo.get(key)
      if (ns === undefined) {
        ns = replayPair(pair, policy, options, { ...this.boards[PAIR_BOARD], values: values(PAIR_BOARD) })
        memo.set(key, ns)
        this.count++
        this.onReplay()
      }
      return ns
    }
  }

  private costs(scene: Scene, values: DeviceValues): Costs {
    return costsOf(values, { ...this.boards[scene.device].choices, ...scene.choices })
  }

  private replay<T>(scene: Scene, costs: Costs, of: (trace: Trace, replayed: Replayed) => T): T {
    const trace = this.trace(scene)
    const replayed = replay({
      trace,
      policy: policyOf(scene.policy),
      costs,
      pressureBytes: scene.pressureGiB * GiB,
      initial: { cached: scene.cached, protection: false },
    })
    this.count++
    this.onReplay()
    return of(trace, replayed)
  }

  private trace({ device, model, quant, promptTokens, outputTokens }: Scene): Trace {
    const key = JSON.stringify([device, model, quant, promptTokens, outputTokens])
    let trace = this.traces.get(key)
    if (trace === undefined) {
      trace = synthesise({ model: architectureOf(model), quant: quantisationNamed(quant), device: this.boards[device].profile, promptTokens, outputTokens })
      this.traces.set(key, trace)
    }
    return trace
  }
}

function latencyOf(_trace: Trace, replayed: Replayed): Latency {
  const { ttftNs, tpotNs } = latencies(replayed)[0]!
  return { ttftNs, tpotNs }
}

function detailOf(trace: Trace, replayed: Replayed): Detail {
  const { windows } = attribute(trace, replayed.plan, replayed.schedule)
  const ttft = windows.find(({ name }) => name === 'ttft')!
  const steps = windows.filter(({ name }) => name === 'step')
  return {
    ...latencyOf(trace, replayed),
    exposedNs: ttft.exposedNs,
    busyNs: ttft.busyNs,
    decode: {
      lengthNs: steps.reduce((sum, { lengthNs }) => sum + lengthNs, 0),
      exposedNs: summed(steps.map(({ exposedNs }) => exposedNs)),
      busyNs: summed(steps.map(({ busyNs }) => busyNs)),
    },
    boundsNs: lowerBounds(replayed.plan, replayed.plan.requests[0]!.index),
    tally: tallyOf(replayed),
  }
}

function summed(parts: readonly NsByCause[]): NsByCause {
  const sum: NsByCause = {}
  for (const part of parts) for (const [cause, ns] of Object.entries(part) as [Cause, number][]) sum[cause] = (sum[cause] ?? 0) + ns
  return sum
}

function tallyOf({ plan: { graph: { tasks } } }: Replayed): Record<string, Tally> {
  const tally: Record<string, { ns: number; bytes: number; count: number }> = {}
  for (let t = 0; t < tasks.length; t++) {
    const of = (tally[causes[tasks.cause[t]!]!] ??= { ns: 0, bytes: 0, count: 0 })
    of.ns += tasks.durationNs[t]!
    of.bytes += tasks.bytes[t]!
    of.count += tasks.count[t]!
  }
  return tally
}
