import type Database from 'better-sqlite3'
import type { OpField } from '../trace/trace.js'
import { CHUNK_OPS } from '../trace/writer.js'
import { damaged, decodeBlob, storedChunks } from './chunks.js'
import type { TraceHead } from './load.js'
import { wordLists } from './op-words.js'

/** Columns that sort ops into groups; the rest are measures. */
export const groupFields = [
  'kind',
  'phase',
  'dataType',
  'processor',
  'lane',
  'request',
  'step',
  'layer',
  'type',
  'name',
  'tensor',
  'rules',
] as const satisfies readonly OpField[]
export type GroupField = (typeof groupFields)[number]
export type SumField = 'durationNs' | 'flops' | 'bytes'

export type Group<S extends SumField = SumField> = Readonly<Record<S, number>> & {
  /** The column's number, and the word it stands for (the number itself where it is one; null for none). */
  readonly index: number
  readonly value: string | number | null
  readonly ops: number
}

/** Groups larger than this go through a map: a column that is nearly a key must not decide how much memory is taken. */
const DENSE = 1 << 20

/** Ops and sums by one column, ordered by its number: a loop over the blobs of that column and of what is summed,
 *  a chunk at a time; nothing else is decoded or kept. Sums are exact below 2^53. */
export function groupOps<S extends SumField>(
  db: Database.Database,
  head: TraceHead,
  by: GroupField,
  sums: readonly S[],
): Group<S>[] {
  const list = wordLists(head.header, head.strings)[by]
  const slotOf = new Map<number, number>()
  const slots = new Int32Array(DENSE + 1) // 1 + slot by index + 1: most columns are dense, and a map costs ten times the rest
  const keys: number[] = []
  let counts: Float64Array = new Float64Array(64)
  let totals: Float64Array[] = sums.map(() => new Float64Array(64))
  const slot = (key: number): number => {
    const made = slotOf.get(key) ?? keys.push(key) - 1
    slotOf.set(key, made)
    if (key < DENSE) slots[key + 1] = made + 1
    if (made === counts.length) {
      counts = widened(counts)
      totals = totals.map(widened)
    }
    return made
  }
  const at = new Int32Array(CHUNK_OPS)
  for (const { length, blobs } of storedChunks(db, head, [by, ...sums])) {
    const key = decodeBlob(db, head, by, blobs[0]!, length, list)
    for (let i = 0; i < length; i++) {
      const k = key[i]!
      if (k < -1) throw damaged(db, head, by, 'an index of -1 or more', k)
      const known = k < DENSE ? slots[k + 1]! : 0
      const s = (at[i] = known > 0 ? known - 1 : slot(k))
      counts[s]!++
    }
    for (let c = 0; c < sums.length; c++) {
      const value = decodeBlob(db, head, sums[c]!, blobs[c + 1]!, length)
      const total = totals[c]!
      for (let i = 0; i < length; i++) total[at[i]!]! += value[i]!
    }
  }
  return keys
    .map((index, s) => {
      const word = list === undefined ? index : index < 0 ? null : list.words[index]!
      const summed = Object.fromEntries(sums.map((field, c) => [field, totals[c]![s]!])) as Record<S, number>
      return { index, value: word, ops: counts[s]!, ...summed }
    })
    .sort((a, b) => a.index - b.index)
}

function widened(column: Float64Array): Float64Array {
  const wider = new Float64Array(column.length * 2)
  wider.set(column)
  return wider
}
