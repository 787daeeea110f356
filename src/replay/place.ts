import type { TaskIndex } from '../run/tasks.js'
import type { Lowering } from './factors.js'

/** Pages for activations and KV: allocated, protected, mapped; nothing to load. */
export function place(l: Lowering, bytes: number, layer: number, after: TaskIndex): TaskIndex {
  const { memory, npu } = l.policy
  const pages = l.allocate(bytes, layer, after)
  const safe = memory.protect(l, bytes, layer, pages, -1)
  const mapped = npu.needsMap ? memory.mapForNpu(l, bytes, layer, safe) : -1
  return l.write.join([safe, mapped], layer)
}
