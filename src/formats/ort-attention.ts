import type { OrtCost } from './ort-cost-facts.js'
import type { OrtType } from './ort-types.js'
import type { Shapes } from './shapes.js'

/** Both products of attention, 4 · rows · context · width; fused projections of `Attention` in front of them. A cache that comes out as long
 *  as it went in is a buffer: how much of it is filled, shapes do not say. */
export function ortAttention(cost: OrtCost, type: OrtType, ins: Shapes, outs: Shapes): void {
  const past = firstOfRank(ins, 4, ins.rank(0) === 4 ? 3 : 1)
  const rows = ins.rank(0) === 4 ? ins.dim(0, 2) : ins.dim(0, 1)
  const present = outs.rank(1) === 4 ? outs.dim(1, 2) : 0
  const given = ins.rank(0) === 4 && ins.rank(1) === 4 ? ins.dim(1, 2) : type.isMultiHead && ins.rank(1) === 3 ? ins.dim(1, 1) : 0
  const context = Math.max(present, given, present === 0 && past >= 0 ? ins.dim(past, 2) + rows : 0, rows)
  cost.flops = 4 * outs.elements(0) * context
  if (type.isFusedAttention && ins.rank(0) === 3 && ins.rank(1) === 2) cost.flops += 2 * ins.elements(0) * ins.dim(1, -1)
  if (past >= 0 && present > 0 && ins.dim(past, 2) === present) {
    cost.cacheSlots = present
    cost.cacheBytes = (2 * ins.elements(past) * ins.elementBytes[past]!) / present
  }
}

/** The first tensor of this rank at `from` or behind it; -1: none. */
function firstOfRank(shapes: Shapes, rank: number, from: number): number {
  for (let i = from; i < shapes.count; i++) if (shapes.rank(i) === rank) return i
  return -1
}

/** How much of a full buffer's cost a cache of `context` positions causes, of which `rows` are new. Never more than the full one. */
export function ofFilledCache(slots: number, cacheBytes: number, flops: number, bytes: number, context: number, rows: number): { flops: number; bytes: number } {
  const filled = Math.min(slots, Math.max(1, context))
  const moved = bytes - 2 * slots * cacheBytes + (filled + Math.min(rows, filled)) * cacheBytes
  return { flops: Math.round((flops * filled) / slots), bytes: Math.max(0, Math.min(bytes, Math.ceil(moved))) }
}
