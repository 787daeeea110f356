import { effect } from '../run/effects.js'
import type { Content, Extent } from '../run/extents.js'
import type { TaskIndex } from '../run/tasks.js'
import type { Lowering } from './factors.js'

/** Pages for activations and KV: allocated, protected, mapped; nothing to load. From then on secrets are in them. */
export function place(l: Lowering, content: Content, bytes: number, layer: number, after: TaskIndex): { extent: Extent; ready: TaskIndex } {
  const { memory, npu } = l.policy
  const extent = l.extent(content, layer, bytes)
  const pages = l.allocate(extent, after)
  const safe = memory.protect(l, extent, pages, [])
  const mapped = npu.needsMap ? memory.mapForNpu(l, extent, safe) : -1
  const ready = l.write.join([safe, mapped], layer)
  l.write.at.extent[ready] = extent.id
  l.write.at.effect[ready] = effect.plaintext
  return { extent, ready }
}
