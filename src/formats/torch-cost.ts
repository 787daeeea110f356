import { dataTypeIndex, kindIndex, type DataType } from '../trace/words.js'
import type { Shapes } from './shapes.js'
import type { TorchOp } from './torch-op.js'

export interface TorchCost {
  dataType: number
  m: number
  n: number
  k: number
  flops: number
  bytes: number
  /** Of an embedding: tokens a sequence and sequences; 0: unknown or another operator. */
  tokens: number
  batch: number
}

/** Fills `cost` from `Input Dims` and `Input type`. Bytes are those that are read and written: the inputs and an output as large as
 *  the product (or the largest input), of what looks rows up or writes them the rows; 0 where an input could not be read or does not tell. */
export function torchCost(cost: TorchCost, op: TorchOp, ins: Shapes): void {
  cost.m = cost.n = cost.k = cost.flops = cost.bytes = cost.tokens = cost.batch = 0
  const main = mainInput(ins)
  cost.dataType = main < ins.count ? ins.dataType[main]! : 0
  const elementBytes = main < ins.count ? ins.elementBytes[main]! : 0
  let outElements = 0
  switch (op.layout) {
    case 'nothing':
    case 'unknown':
      return
    case 'mm':
      outElements = product(cost, ins, 0, ins.dim(1, -1), ins.dim(0, -1))
      break
    case 'linear':
      outElements = product(cost, ins, 0, ins.rank(1) === 2 ? ins.dim(1, 0) : 0, ins.dim(0, -1))
      break
    case 'addmm':
      outElements = product(cost, ins, 1, ins.dim(2, -1), ins.dim(1, -1))
      break
    case 'bmm':
    case 'baddbmm': {
      const a = op.layout === 'bmm' ? 0 : 1
      outElements = product(cost, ins, a, ins.dim(a + 1, -1), ins.dim(a, -1))
      if (ins.rank(a) === 3 && cost.m > 0) cost.m = ins.dim(a, 1) // rows of one of the batch; the FLOPs count all
      break
    }
    case 'attention':
      outElements = ins.elements(0)
      cost.flops = 4 * outElements * ins.dim(1, ins.rank(1) - 2)
      break
    case 'attention-by-token':
      if (ins.rank(0) !== 4 || ins.rank(1) !== 4) return // sequences one behind the other: how long each is, no shape tells
      outElements = ins.elements(0)
      cost.flops = 4 * outElements * ins.dim(1, 1)
      break
    case 'embedding':
      outElements = ins.elements(1) * ins.dim(0, -1)
      cost.tokens = ins.dim(1, -1)
      cost.batch = cost.tokens > 0 ? ins.elements(1) / cost.tokens : 0
      break
    case 'other':
      for (let i = 0; i < ins.count; i++) outElements = Math.max(outElements, ins.elements(i))
      cost.flops = hasNoFlops(op.kind) ? 0 : outElements * (op.kind === kindIndex.elementwise ? 1 : 4)
      break
    default:
      cost.bytes = movedBytes(op, ins, cost, elementBytes)
      return bounded(cost)
  }
  cost.bytes = ins.isPartial ? 0 : Math.ceil(ins.bytes() + outElements * elementBytes)
  if (op.layout === 'embedding') cost.bytes = Math.ceil(2 * outElements * elementBytes) // the rows that are looked up
  bounded(cost)
}

const hasNoFlops = (kind: number): boolean => kind === kindIndex.copy || kind === kindIndex.other || kind === kindIndex.communication

function bounded(cost: TorchCost): void {
  if (!(cost.flops <= Number.MAX_SAFE_INTEGER)) cost.flops = 0
  if (!(cost.bytes <= Number.MAX_SAFE_INTEGER)) cost.bytes = 0
}

const floating = new Set((['f32', 'f16', 'bf16', 'f64', 'f8', 'f4'] satisfies DataType[]).map((type) => dataTypeIndex[type]))
const isInteger = (type: number): boolean => type === dataTypeIndex.int64 || type === dataTypeIndex.int32

/** The input whose type is the operator's: the first that floats (masks and indices may stand before it), else the first with a type. */
function mainInput(ins: Shapes): number {
  let typed = ins.count
  for (let i = 0; i < ins.count; i++) {
    if (ins.rank(i) === 0 || ins.dataType[i] === 0) continue
    if (floating.has(ins.dataType[i]!)) return i
    typed = Math.min(typed, i)
  }
  return typed
}

/** Bytes of what moves rows of a larger tensor, or one tensor into another. */
function movedBytes(op: TorchOp, ins: Shapes, cost: TorchCost, elementBytes: number): number {
  const sizeOf = (i: number): number => ins.elements(i) * ins.elementBytes[i]!
  switch (op.layout) {
    case 'copy':
      return sizeOf(0) + sizeOf(1)
    case 'fill':
      return sizeOf(0)
    case 'put':
    case 'put-add': {
      const values = valuesOf(ins)
      if (op.layout === 'put-add' && values > 0) cost.flops = ins.elements(values)
      return values > 0 ? (op.layout === 'put' ? 2 : 3) * sizeOf(values) : 0
    }
    case 'rope': {
      const elements = turnedElements(ins)
      cost.flops = 4 * elements
      return 2 * elements * elementBytes
    }
    case 'take':
      return takenBytes(ins, /* whole rows */ ins.rank(0) > 1 && ins.rank(1) === 0)
    default:
      return 2 * newRowBytes(ins)
  }
}

/** Elements of queries and keys: what floats and has as many rows as the first such input; a table of angles has others. */
function turnedElements(ins: Shapes): number {
  const first = mainInput(ins)
  let elements = 0
  for (let i = first; i < ins.count; i++) if (ins.dataType[i] === ins.dataType[first] && ins.rank(i) > 1 && ins.dim(i, 0) === ins.dim(first, 0)) elements += ins.elements(i)
  return elements
}

/** What is put into the first input: the last input of its type. 0: none. */
function valuesOf(ins: Shapes): number {
  for (let i = ins.count - 1; i > 0; i--) if (ins.rank(i) > 0 && ins.dataType[i] === ins.dataType[0]) return i
  return 0
}

/** Read, written, and the indices. Of `gather` the output has the shape of the indices; of `index_select` they number rows. */
function takenBytes(ins: Shapes, mayBeRows: boolean): number {
  let index = 1
  while (index < ins.count && ins.rank(index) === 0) index++
  if (index >= ins.count || ins.isPartial) return 0
  const isRows = mayBeRows && ins.rank(index) === 1
  const taken = isRows ? ins.elements(index) * (ins.elements(0) / Math.max(1, ins.dim(0, 0))) : ins.elements(index)
  return Math.ceil(2 * taken * ins.elementBytes[0]! + ins.elements(index) * ins.elementBytes[index]!)
}

/** New keys and values: the inputs that are smaller than the cache, or all where the cache is none of them. */
function newRowBytes(ins: Shapes): number {
  let largest = 0
  let isCacheHere = false
  const isRow = (i: number): boolean => ins.elements(i) > 1 && !isInteger(ins.dataType[i]!)
  for (let i = 0; i < ins.count; i++) if (isRow(i)) largest = Math.max(largest, ins.elements(i))
  for (let i = 0; i < ins.count; i++) isCacheHere ||= isRow(i) && ins.elements(i) < largest
  // Key and value, of the same size, come first; the pools of both may differ in size.
  const isPair = isRow(0) && isRow(1) && ins.elements(0) === ins.elements(1) && ins.elements(0) < largest
  let bytes = 0
  for (let i = 0; i < (isPair ? 2 : ins.count); i++)
    if (isRow(i) && (!isCacheHere || ins.elements(i) < largest)) bytes += ins.elements(i) * ins.elementBytes[i]!
  return bytes
}

/** m, n, k of a product whose left side is input `a`; returns the elements of the output. */
function product(cost: TorchCost, ins: Shapes, a: number, n: number, k: number): number {
  const m = k === 0 ? 0 : ins.elements(a) / k
  if (m === 0 || n === 0 || !Number.isInteger(m) || m >= 2 ** 32 || n >= 2 ** 32 || k >= 2 ** 32) return 0
  cost.m = m
  cost.n = n
  cost.k = k
  cost.flops = 2 * m * n * k
  return m * n
}
