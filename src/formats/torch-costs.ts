import { Shapes } from './shapes.js'
import { torchCost, type TorchCost, type TorchOp } from './torch-cost.js'

const ENTRIES = 512
const MAX_BYTES = 512

interface Entry {
  readonly name: number
  /** `Input Dims` and then `Input type`, as they stood in the file. */
  readonly text: Uint8Array
  readonly dimsLength: number
  readonly cost: TorchCost
}

/** Costs by an operator's name and the text of its shapes: a model's operators come again and again with the same
 *  ones. One entry a hash, so that memory does not grow with what a file holds. */
export class TorchCosts {
  private readonly entries: (Entry | undefined)[] = new Array<Entry | undefined>(ENTRIES).fill(undefined)
  private readonly ins = new Shapes()

  of(
    name: number,
    op: TorchOp,
    buf: Uint8Array,
    dimsFrom: number,
    dimsTo: number,
    typesFrom: number,
    typesTo: number,
  ): TorchCost {
    const dimsLength = dimsTo - dimsFrom
    const length = dimsLength + typesTo - typesFrom
    let hash = Math.imul(name, 31) + length
    for (let i = dimsFrom; i < dimsTo; i += 3) hash = (hash << 5) - hash + buf[i]!
    const home = (hash ^ (hash >>> 9)) & (ENTRIES - 1)
    const entry = this.entries[home]
    if (entry !== undefined && entry.name === name && entry.dimsLength === dimsLength && entry.text.length === length) {
      const { text } = entry
      let same = 0
      while (same < dimsLength && text[same] === buf[dimsFrom + same]) same++
      if (same === dimsLength) {
        const shift = typesFrom - dimsLength
        while (same < length && text[same] === buf[shift + same]) same++
        if (same === length) return entry.cost
      }
    }
    const { ins } = this
    ins.clear()
    if (dimsLength > 0) ins.readTorch(buf, dimsFrom, dimsTo)
    if (typesTo > typesFrom) ins.readTorchTypes(buf, typesFrom, typesTo)
    const cost: TorchCost = { dataType: 0, m: 0, n: 0, k: 0, flops: 0, bytes: 0, tokens: 0 }
    torchCost(cost, op, ins)
    if (length <= MAX_BYTES) {
      const text = new Uint8Array(length)
      text.set(buf.subarray(dimsFrom, dimsTo))
      text.set(buf.subarray(typesFrom, typesTo), dimsLength)
      this.entries[home] = { name, text, dimsLength, cost }
    }
    return cost
  }
}
