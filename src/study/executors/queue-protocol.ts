import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BadInput } from '../../base/errors.js'
import { contentHash } from '../../base/hash.js'
import { exportTrace } from '../../formats/index.js'
import { openStore } from '../../store/store.js'
import { unpackHeld } from '../../store/unpacking.js'
import { workloadHash } from '../../trace/workload-hash.js'
import { checkProfile } from '../../device/check.js'
import { checkWorkload } from '../../trace/check-workload.js'
import { isHash } from '../cells/order-schema.js'
import type { KeyedOrder } from '../cells/order.js'
import type { ShelfItem } from '../cells/shelf.js'
import { importFile } from '../import-file.js'

/** Raise it when workers of one version could not understand studies of another. */
export const QUEUE = 'worldswitch-cells-2'

/** A batch of cells, as a job of the queue. */
export interface QueueJob {
  readonly orders: readonly KeyedOrder[]
}

/** Cells in a job, bytes of an item when it is unpacked (a longer text cannot be packed) and of a module, at most. */
const MOST_ORDERS = 1024
const MOST_ITEM_BYTES = 2 ** 29
export const MOST_MODULE_BYTES = 2 ** 24

/** What should be the orders of a job, each still to be checked. Throws `BadInput`: it is no job. */
export function ordersOfJob(job: unknown): readonly unknown[] {
  const orders = (job as { orders?: unknown } | null | undefined)?.orders
  if (!Array.isArray(orders) || orders.length > MOST_ORDERS) throw new BadInput({ file: 'queue: job', field: 'orders' }, `a list of at most ${MOST_ORDERS} cells`, Array.isArray(orders) ? orders.length : orders)
  return orders
}

/** Redis keys of what cells need beside their orders, by content. Throws `BadInput`: no hash. */
export function itemKey(hash: string): string {
  if (!isHash(hash)) throw new BadInput({ file: 'queue' }, 'a hash of 64 hex digits', hash)
  return `worldswitch:item:${hash}`
}
/** Of the module of a policy, by the hash of its id, which is any text. */
export function moduleKey(id: string): string {
  const hash = contentHash()
  hash.addText(id)
  return `worldswitch:policy:${hash.digest()}`
}
/** Redis forgets them after a day. */
export const KEPT_S = 86_400

/** A trace as our JSON Lines, a workload with the device that its operators are made for; gzipped. */
export function packItem(item: ShelfItem): Buffer {
  if ('trace' in item) return gzipSync([...exportTrace(item.trace)].join('\n'))
  return gzipSync(JSON.stringify({ workload: item.workload, device: item.device }))
}

/** `folder`: for a trace's file, which is removed again. Throws `BadInput`: it is not what its hash says, or unpacks to more than
 *  `mostBytes`. */
export async function unpackItem(hash: string, packed: Buffer, folder: string, mostBytes = MOST_ITEM_BYTES): Promise<ShelfItem> {
  const file = `queue: ${hash.slice(0, 12)}`
  if (!isHash(hash)) throw new BadInput({ file }, 'a hash of 64 hex digits', hash)
  const content = unpackHeld('gzip', packed, { file }, mostBytes)
  if (content.subarray(0, 12).toString('latin1') === '{"workload":') {
    const json = parsed(content, file)
    const workload = checkWorkload(json.workload, file)
    const found = workloadHash(workload)
    if (found !== hash) throw new BadInput({ file }, `a workload with hash ${hash.slice(0, 12)}`, found.slice(0, 12))
    return { workload, device: checkProfile(json.device, file) }
  }
  // Nothing that is packed once more, and no other format.
  if (content[0] !== 0x7b) throw new BadInput({ file }, 'a trace as JSON Lines', content.subarray(0, 40).toString('latin1'))
  const path = join(folder, `${hash}.trace.jsonl`)
  const store = openStore(':memory:')
  try {
    await writeFile(path, content)
    const found = (await importFile(store, path, { format: 'worldswitch-trace' })).hash
    if (found !== hash) throw new BadInput({ file }, `a trace with hash ${hash.slice(0, 12)}`, found.slice(0, 12))
    return { trace: store.load(hash) }
  } finally {
    store.close()
    await rm(path, { force: true })
  }
}

function parsed(content: Buffer, file: string): { workload?: unknown; device?: unknown } {
  try {
    return JSON.parse(content.toString('utf8')) as { workload?: unknown; device?: unknown }
  } catch (error) {
    throw new BadInput({ file }, 'JSON', (error as Error).message)
  }
}
