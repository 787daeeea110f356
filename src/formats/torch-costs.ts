import type { Bytes } from '../base/bytes.js'
import { OperatorTable } from './operator-table.js'
import { Shapes } from './shapes.js'
import { torchCost, type TorchCost } from './torch-cost.js'
import type { TorchOp } from './torch-op.js'

const ENTRIES = 512
const MAX_BYTES = 512

interface Entry {
  readonly name: number
  /** `Input Dims` and `Input type` as they stood in the file, eight bytes a word (see `op-line-templates.ts`). */
  readonly dims: Float64Array
  readonly dimsLength: number
  readonly types: Float64Array
  readonly typesLength: number
  /** Its row in the table. */
  readonly row: number
}

/** Rows of an operator table by an operator's name and the text of its shapes: a model's operators come again and again
 *  with the same ones. One entry a hash, so that memory does not grow with what a file holds. */
export class TorchCosts {
  readonly table = new OperatorTable()
  private readonly entries: (Entry | undefined)[] = new Array<Entry | undefined>(ENTRIES).fill(undefined)
  private readonly ins = new Shapes()

  of(name: number, op: TorchOp, scan: Bytes, dimsFrom: number, dimsTo: number, typesFrom: number, typesTo: number): number {
    const { buf, view } = scan
    const dimsLength = dimsTo - dimsFrom
    const typesLength = typesTo - typesFrom
    let hash = Math.imul(name, 31) + dimsLength + typesLength
    for (let i = dimsFrom; i < dimsTo; i += 3) hash = (hash << 5) - hash + buf[i]!
    const home = (hash ^ (hash >>> 9)) & (ENTRIES - 1)
    const entry = this.entries[home]
    if (
      entry !== undefined &&
      entry.name === name &&
      entry.dimsLength === dimsLength &&
      entry.typesLength === typesLength &&
      isSame(view, dimsFrom, dimsTo, entry.dims) &&
      isSame(view, typesFrom, typesTo, entry.types)
    )
      return entry.row
    const { ins } = this
    ins.clear()
    if (dimsLength > 0) ins.readTorch(buf, dimsFrom, dimsTo)
    if (typesLength > 0) ins.readTorchTypes(buf, typesFrom, typesTo)
    const cost: TorchCost = { dataType: 0, m: 0, n: 0, k: 0, flops: 0, bytes: 0, tokens: 0, batch: 0 }
    torchCost(cost, op, ins)
    const row = this.table.rowOf(name, cost)
    if (dimsLength + typesLength <= MAX_BYTES && isComparable(dimsLength) && isComparable(typesLength)) {
      const dims = wordsOf(view, dimsFrom, dimsTo)
      this.entries[home] = { name, dims, dimsLength, types: wordsOf(view, typesFrom, typesTo), typesLength, row }
    }
    return row
  }
}

/** Nothing at all, or at least a word. */
const isComparable = (length: number): boolean => length === 0 || length >= 8

/** The bytes as doubles; the last one overlaps the one before. */
function wordsOf(view: DataView, from: number, to: number): Float64Array {
  const words: number[] = []
  for (let at = from; at + 8 <= to; at += 8) words.push(view.getFloat64(at, true))
  if ((to - from) % 8 !== 0) words.push(view.getFloat64(to - 8, true))
  return Float64Array.from(words)
}

function isSame(view: DataView, from: number, to: number, words: Float64Array): boolean {
  let word = 0
  let at = from
  for (; at + 8 <= to; at += 8) if (view.getFloat64(at, true) !== words[word++]) return false
  return at === to || view.getFloat64(to - 8, true) === words[word]
}
