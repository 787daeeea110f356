import type { Skipped } from './skipped.js'
import type { TorchCost } from './torch-cost.js'

const MAX_ROWS = 1 << 20
/** Columns of a row. */
export const operatorColumn = { name: 0, dataType: 1, m: 2, n: 3, k: 4, flops: 5, bytes: 6, tokens: 7, batch: 8 } as const
export const OPERATOR_COLUMNS = 9

/** Operators with what they cost, each kind of call once: a trace calls the same few thousand times and again, so that
 *  an event needs only the number of its row. Bounded: beyond a million rows an operator keeps its name, and its cost is
 *  left out and counted. */
export class OperatorTable {
  data = new Float64Array(OPERATOR_COLUMNS * 256)
  length = 0
  /** Calls whose cost had no room. */
  dropped = 0
  private slots = new Int32Array(1024).fill(-1)
  private readonly next = new Float64Array(OPERATOR_COLUMNS)
  private readonly bare = new Map<number, number>()

  /** The row of an operator with this name (a number) and cost. */
  rowOf(name: number, { dataType, m, n, k, flops, bytes, tokens, batch }: TorchCost): number {
    this.fill(name, dataType, m, n, k, flops, bytes, tokens, batch)
    const slot = this.find()
    if (this.slots[slot]! >= 0) return this.slots[slot]!
    return this.length < MAX_ROWS ? this.append(slot) : this.costless(name)
  }

  /** Rows that there is room for. */
  get room(): number {
    return MAX_ROWS - this.length
  }

  /** The number in a column of a row. */
  at(row: number, column: number): number {
    return this.data[row * OPERATOR_COLUMNS + column]!
  }

  private costless(name: number): number {
    this.dropped++
    let row = this.bare.get(name)
    if (row === undefined) {
      this.fill(name, 0, 0, 0, 0, 0, 0, 0, 0)
      const slot = this.find()
      this.bare.set(name, (row = this.slots[slot]! >= 0 ? this.slots[slot]! : this.append(slot)))
    }
    return row
  }

  private fill(...values: readonly number[]): void {
    for (let i = 0; i < OPERATOR_COLUMNS; i++) this.next[i] = values[i]!
  }

  /** Where the row to come stands in the hash table, or would. */
  private find(): number {
    const { next, slots, data } = this
    const mask = slots.length - 1
    let slot = hashOf(next, 0) & mask
    for (let row = slots[slot]!; row >= 0; row = slots[slot]!) {
      let same = 0
      while (same < OPERATOR_COLUMNS && data[row * OPERATOR_COLUMNS + same] === next[same]) same++
      if (same === OPERATOR_COLUMNS) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  private append(slot: number): number {
    const row = this.length++
    if (this.length * OPERATOR_COLUMNS > this.data.length) {
      const wider = new Float64Array(this.data.length * 2)
      wider.set(this.data)
      this.data = wider
    }
    this.data.set(this.next, row * OPERATOR_COLUMNS)
    this.slots[slot] = row
    if (this.length * 2 > this.slots.length) this.rehash()
    return row
  }

  private rehash(): void {
    const slots = (this.slots = new Int32Array(this.slots.length * 2).fill(-1))
    for (let row = 0; row < this.length; row++) {
      let slot = hashOf(this.data, row * OPERATOR_COLUMNS) & (slots.length - 1)
      while (slots[slot]! >= 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = row
    }
  }
}

/** Says of the operators that had no room. */
export function noteDropped({ dropped }: OperatorTable, skipped: Skipped): void {
  if (dropped > 0) skipped.count(`cost of an operator beyond ${MAX_ROWS} different ones`, dropped)
}

function hashOf(data: Float64Array, at: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < OPERATOR_COLUMNS; i++) {
    const value = data[at + i]!
    hash = Math.imul(hash ^ (value | 0) ^ Math.imul((value / 0x1_0000_0000) | 0, 31), 0x01000193)
    hash ^= hash >>> 13
  }
  return hash
}
