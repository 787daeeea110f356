import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { BadInput } from '../../base/errors.js'
import { exportTrace } from '../../formats/index.js'
import { openStore } from '../../store/store.js'
import { workloadHash } from '../../trace/workload-hash.js'
import { checkProfile } from '../../device/check.js'
import { checkWorkload } from '../../trace/check-workload.js'
import type { KeyedOrder } from '../cells/order.js'
import type { ShelfItem } from '../cells/shelf.js'
import { resolveTrace } from '../import-file.js'

/** Raise it when workers of one version could not understand studies of another. */
export const QUEUE = 'worldswitch-cells-1'

/** A batch of cells, as a job of the queue. */
export interface QueueJob {
  readonly orders: readonly KeyedOrder[]
}

/** Redis keys of what cells need beside their orders, by content. */
export const itemKey = (hash: string): string => `worldswitch:item:${hash}`
export const moduleKey = (hash: string): string => `worldswitch:policy:${hash}`
/** Redis forgets them after a day. */
export const KEPT_S = 86_400

/** A trace as our JSON Lines, a workload with the device that its operators are made for; gzipped. */
export function packItem(item: ShelfItem): Buffer {
  if ('trace' in item) return gzipSync([...exportTrace(item.trace)].join('\n'))
  return gzipSync(JSON.stringify({ workload: item.workload, device: item.device }))
}

/** `folder`: for a trace's file, which is removed again. Throws `BadInput`: it is not what its hash says. */
export async function unpackItem(hash: string, packed: Buffer, folder: string): Promise<ShelfItem> {
  const file = `queue: ${hash.slice(0, 12)}`
  const content = gunzipSync(packed)
  if (content.subarray(0, 12).toString('latin1') === '{"workload":') {
    const json = JSON.parse(content.toString('utf8')) as { workload: unknown; device: unknown }
    const workload = checkWorkload(json.workload, file)
    const found = workloadHash(workload)
    if (found !== hash) throw new BadInput({ file }, `a workload with hash ${hash.slice(0, 12)}`, found.slice(0, 12))
    return { workload, device: checkProfile(json.device, file) }
  }
  const path = join(folder, `${hash}.trace.jsonl`)
  await writeFile(path, content)
  const store = openStore(':memory:')
  const trace = await resolveTrace(store, path).finally(() => store.close())
  await rm(path)
  if (trace.hash !== hash) throw new BadInput({ file }, `a trace with hash ${hash.slice(0, 12)}`, trace.hash.slice(0, 12))
  return { trace }
}
