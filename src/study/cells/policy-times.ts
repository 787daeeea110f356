import type { DeviceValues } from '../../device/profile.js'
import type { Store } from '../../store/store.js'
import type { ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import { metricFor, metricOf, type Metric } from '../metric.js'
import type { Subject } from '../subject.js'
import { CellMaker, type CellState } from './cell-maker.js'
import type { PolicyOrder } from './order.js'
import { restsOn, type RestsOn } from './rests-on.js'
import { runCells, type RunCellsOptions } from './run-cells.js'

export interface PolicyTimesSpec extends CellState {
  readonly subject: string
  readonly device: ResolvedDevice
  readonly metric: Metric
}

/** Times of some policies on one subject, at any parameters: what a study that moves parameters asks for, batch by batch. */
export class PolicyTimes {
  readonly keys: string[] = []
  replayed = 0
  reused = 0
  private first: RestsOn | undefined

  private constructor(
    readonly subject: Subject,
    private readonly policies: readonly PolicyOrder[],
    private readonly maker: CellMaker,
    private readonly spec: PolicyTimesSpec,
    private readonly run: (orders: Parameters<typeof runCells>[1]) => ReturnType<typeof runCells>,
  ) {}

  /** Throws `UsageFault`, `BadInput`: what `spec` or a policy names is not there. */
  static async of(store: Store, spec: PolicyTimesSpec, references: readonly string[], executor: Executor, options: RunCellsOptions): Promise<PolicyTimes> {
    const maker = new CellMaker(store, options.consent)
    const subject = await maker.subject(spec.subject, spec.device.profile)
    const policies = await Promise.all(references.map((reference) => maker.policy(reference)))
    return new PolicyTimes(subject, policies, maker, spec, (orders) => runCells(store, orders, maker.shelf, executor, options))
  }

  /** What the first sample's replays rest on. */
  get restsOn(): RestsOn {
    return this.first!
  }

  /** A row a sample: each policy's time, not a number where it cannot be replayed. */
  async at(samples: readonly DeviceValues[]): Promise<number[][]> {
    const { policies, spec } = this
    const orders = samples.flatMap((values) => policies.map((policy) => this.maker.order(this.subject, policy, spec.device, spec, values)))
    const ran = await this.run(orders)
    const central = [orders.slice(0, policies.length), ran.cells.slice(0, policies.length)] as const
    if (this.first === undefined) [this.first] = restsOn(this.maker, ...central)
    const metric = metricFor(spec.metric, this.restsOn.hasPrefill)
    this.replayed += ran.replayed
    this.reused += ran.reused
    this.keys.push(...ran.keys)
    return samples.map((_, i) => policies.map((_policy, p) => metricOf(ran.cells[i * policies.length + p]!, metric)))
  }
}
