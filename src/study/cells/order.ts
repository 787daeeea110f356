import { canonicalJson } from '../../base/canonical.js'
import { contentHash } from '../../base/hash.js'
import type { DeviceChoices, DeviceValues } from '../../device/profile.js'
import { ENGINE_VERSION } from '../../replay/engine.js'
import { factors, type Policy } from '../../replay/factors.js'
import type { Placement } from '../../replay/predict.js'
import type { Initial } from '../../replay/request-plan.js'

/** Raise it when what a cell keeps changes its meaning. */
const CELL_VERSION = 3

/** A cell as plain data: it crosses threads and queues. Policy, trace and device are references resolved where it runs. */
export interface CellOrder {
  /** Content hash of the trace or workload. */
  readonly subject: string
  readonly policy: PolicyOrder
  readonly device: DeviceOrder
  readonly pressureBytes: number
  readonly initial: Initial
  readonly contention: boolean
  /** The device is the machine that the trace was recorded on. */
  readonly here: boolean
  readonly placement: Placement
  /** Keeps the tasks too; no part of the key. */
  readonly keepTasks?: boolean
}

export interface PolicyOrder {
  /** As the user wrote it. */
  readonly reference: string
  /** As a cell names it: of a module the file's name and its content's hash. */
  readonly id: string
  /** `factor id version` of each mechanism. */
  readonly mechanisms: readonly string[]
  /** The file of a user's module, which a worker of a queue gets by its content; absent: built in. */
  readonly file?: string
}

export interface DeviceOrder {
  readonly id: string
  readonly values: DeviceValues
  readonly choices: DeviceChoices
}

export interface KeyedOrder {
  readonly key: string
  readonly order: CellOrder
}

export const policyOrder = (reference: string, policy: Policy): PolicyOrder => ({
  reference,
  id: policy.id,
  mechanisms: factors.map((factor) => `${factor} ${policy[factor].id} ${policy[factor].version}`),
  ...(policy.file === undefined ? {} : { file: policy.file }),
})

/** The hash of everything that can change a cell's bytes: what is replayed, the policy with its mechanisms' versions (a
 *  module by its content), every parameter, state, and the engine's version. 64 hex digits. */
export function cellKey({ subject, policy, device, pressureBytes, initial, contention, here, placement }: CellOrder): string {
  const hash = contentHash()
  const { id, mechanisms } = policy
  hash.addText(canonicalJson({ cell: CELL_VERSION, engine: ENGINE_VERSION, subject, policy: { id, mechanisms }, device, pressureBytes, initial, contention, here, placement }))
  return hash.digest()
}

/** Cells whose tasks can only differ in price lie together, so that whoever replays them writes those tasks once
 *  (`Repricer`); groups come in an order of no meaning, so that what is left takes as long a cell as what is done. */
export function kinTogether(orders: readonly KeyedOrder[]): KeyedOrder[] {
  const kin = ({ order: { subject, policy, device, pressureBytes, initial, contention, here, placement } }: KeyedOrder): string => {
    const hash = contentHash()
    hash.addText(canonicalJson({ subject, policy: policy.id, device: device.id, choices: device.choices, pressureBytes, initial, contention, here, placement }))
    return hash.digest()
  }
  const byKin = new Map<string, KeyedOrder[]>()
  for (const order of orders) {
    const key = kin(order)
    const others = byKin.get(key)
    if (others === undefined) byKin.set(key, [order])
    else others.push(order)
  }
  return [...byKin].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, together]) => together)
}

export const keyed = (order: CellOrder): KeyedOrder => ({ key: cellKey(order), order })
