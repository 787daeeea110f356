import { writeFile } from 'node:fs/promises'
import { join, win32 } from 'node:path'
import { BadInput, UsageFault } from '../../base/errors.js'
import { contentHash } from '../../base/hash.js'
import { printable } from '../../base/quote.js'
import { policyOf } from '../../policies/policies.js'
import type { CellOutcome, KeyedOutcome } from '../../run/outcome.js'
import { isHash, orderFault } from '../cells/order-schema.js'
import { cellKey, policyOrder, type KeyedOrder } from '../cells/order.js'
import type { Shelf, ShelfItem } from '../cells/shelf.js'
import { consentTo, fileOf, isModuleReference, type Consent } from '../policy-module/consent.js'
import { itemKey, moduleKey, MOST_MODULE_BYTES, ordersOfJob, unpackItem } from './queue-protocol.js'

/** Traces and modules kept between jobs. */
const KEPT_ITEMS = 64

export interface WorkerCellsOptions {
  /** Evaluates modules that jobs bring along; without it a worker knows built-in policies alone. */
  readonly allowPolicyCode: boolean
  /** For items and modules on their way. */
  readonly folder: string
  readonly onCells: (cells: number) => void
  /** What the queue keeps under a key; null: nothing. */
  readonly fetch: (key: string) => Promise<Buffer | null>
  readonly replay: (orders: readonly KeyedOrder[], shelf: Shelf, consent: Consent) => Promise<readonly KeyedOutcome[]>
}

/** Of a file of any machine. */
const basename = (file: string): string => win32.basename(file)

const failed = (message: string): CellOutcome => ({ state: 'failed', message })

/** What a worker does with a job, whoever wrote it: each cell is checked, fetched and replayed, or fails by itself. */
export class WorkerCells {
  private readonly items = new Map<string, Promise<ShelfItem>>()
  private readonly modules = new Map<string, Promise<string>>()

  constructor(private readonly options: WorkerCellsOptions) {}

  /** Rejects where the job is none, or the queue is away: it is tried again then. A cell without a key has nobody who waits for it. */
  async replay(job: unknown): Promise<KeyedOutcome[]> {
    const shelf = new Map<string, ShelfItem>()
    const own: KeyedOrder[] = []
    const modules: string[] = []
    const refused: KeyedOutcome[] = []
    for (const one of ordersOfJob(job)) {
      const key = (one as { key?: unknown } | null)?.key
      if (!isHash(key)) continue
      try {
        const local = await this.accepted(one)
        shelf.set(local.order.subject, await this.item(local.order.subject))
        if (local.order.policy.file !== undefined) modules.push(local.order.policy.file)
        own.push(local)
      } catch (error) {
        if (!(error instanceof BadInput || error instanceof UsageFault)) throw error
        refused.push({ key, outcome: failed(printable(error.message, 1000)) })
      }
    }
    const outcomes = own.length === 0 ? [] : await this.options.replay(own, shelf, consentTo(modules))
    this.options.onCells(outcomes.length)
    return [...refused, ...outcomes]
  }

  /** The order as it can be replayed here. Throws `UsageFault`, `BadInput`: it cannot. */
  private async accepted(one: unknown): Promise<KeyedOrder> {
    const fault = orderFault(one)
    if (fault !== undefined) throw new UsageFault(`the queue’s order is none: ${fault}`)
    const { key, order } = one as KeyedOrder
    if (cellKey(order) !== key) throw new UsageFault('the worker is another version of worldswitch: its key for the cell differs')
    const { policy } = order
    if (policy.file === undefined && !isModuleReference(policy.reference)) {
      const here = policyOrder(policy.reference, policyOf(policy.reference))
      if (here.mechanisms.join() !== policy.mechanisms.join()) throw new UsageFault('the worker’s mechanisms have other versions')
      return { key, order }
    }
    if (!this.options.allowPolicyCode) throw new UsageFault('the worker does not run policies of users: start it with --allow-policy-code')
    if (policy.file === undefined || policy.file !== fileOf(policy.reference)) throw new UsageFault('a module comes by its content: the order must name its file as its reference does')
    const file = await this.module(policy.id, policy.file, policy.reference.slice(policy.file.length))
    return { key, order: { ...order, policy: { ...policy, file, reference: `${file}${policy.reference.slice(policy.file.length)}` } } }
  }

  private item(hash: string): Promise<ShelfItem> {
    return kept(this.items, hash, async () => {
      const packed = await this.options.fetch(itemKey(hash))
      if (packed === null) throw new Error(`the queue no longer has what cell subject ${hash.slice(0, 12)} is`)
      return unpackItem(hash, packed, this.options.folder)
    })
  }

  /** A module's own copy here, checked against the hash in the policy's id. */
  private module(id: string, name: string, query: string): Promise<string> {
    return kept(this.modules, id, async () => {
      const place = { file: `queue: ${basename(name)}` }
      const content = await this.options.fetch(moduleKey(id))
      if (content === null) throw new Error(`the queue no longer has the policy ${basename(name)}`)
      if (content.length > MOST_MODULE_BYTES) throw new BadInput(place, `a module of at most ${MOST_MODULE_BYTES} bytes`, content.length)
      const hash = contentHash()
      hash.add(content)
      const digest = hash.digest()
      const expected = `${basename(name)}#${digest.slice(0, 12)}${query}`
      if (id !== expected) throw new BadInput(place, `a policy that is what its hash says: ${expected}`, id)
      const path = join(this.options.folder, `${digest}${name.endsWith('.mjs') ? '.mjs' : '.js'}`)
      await writeFile(path, content)
      return path
    })
  }
}

/** What is kept under a key, made where it is not; what failed is made again, and the oldest gives way. */
function kept<V>(all: Map<string, Promise<V>>, key: string, make: () => Promise<V>): Promise<V> {
  let found = all.get(key)
  if (found === undefined) {
    all.set(key, (found = make()))
    found.catch(() => all.delete(key))
    if (all.size > KEPT_ITEMS) all.delete(all.keys().next().value!)
  }
  return found
}
