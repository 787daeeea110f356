import type { GraphNode } from '../trace/graph-facts.js'
import { dataTypeIndex, kindIndex } from '../trace/words.js'
import type { Shapes } from './shapes.js'

/** What an operator costs, worked out from the shapes that went in and came out. */
export interface OrtCost {
  dataType: number
  m: number
  n: number
  k: number
  flops: number
  /** Read and written beside the weights that the profile does not show. */
  bytes: number
  /** Weights worked out from n and k, because the profile hides packed ones; 0: none were. */
  hiddenWeightBytes: number
  /** Tokens a sequence; 0: unknown. */
  rows: number
}

/** Fills `cost` for an operator of `kind`. Matmuls count 2·m·n·k (a batch: that many times), attention 4·rows·context·width
 *  (all of both products), the rest a few operations an element. */
export function ortCost(
  cost: OrtCost,
  type: string,
  kind: number,
  ins: Shapes,
  outs: Shapes,
  node: GraphNode | undefined,
): void {
  const outElements = outs.elements(0)
  cost.dataType = ins.count > 0 && ins.dataType[0] !== 0 ? ins.dataType[0]! : outs.count > 0 ? outs.dataType[0]! : 0
  cost.m = cost.n = cost.k = 0
  cost.hiddenWeightBytes = 0
  cost.rows =
    ins.rank(0) === 3 || (kind === kindIndex.embedding && ins.rank(1) === 2)
      ? tokens(kind, ins)
      : ins.rank(0) === 2
        ? ins.dim(0, 0)
        : 0
  cost.bytes = ins.bytes() + outs.bytes()
  if (kind === kindIndex.matmul) matmul(cost, type, ins, outs, node)
  else if (kind === kindIndex.attention) {
    const context = Math.max(outs.dim(1, 2), outs.rank(1) === 0 ? ins.dim(3, 2) + cost.rows : 0, cost.rows)
    cost.flops = 4 * outElements * context
  } else cost.flops = outElements * operationsAnElement(kind)
}

function tokens(kind: number, ins: Shapes): number {
  return kind === kindIndex.embedding ? ins.dim(1, 1) : ins.dim(0, 1)
}

function matmul(cost: OrtCost, type: string, ins: Shapes, outs: Shapes, node: GraphNode | undefined): void {
  if (type.includes('Conv')) {
    // Weight [outputs, inputs a group, kernel…]: an implicit matmul over every output position.
    const n = ins.dim(1, 0)
    cost.k = n === 0 ? 0 : ins.elements(1) / n
    cost.n = cost.k === 0 ? 0 : n
    cost.m = cost.n === 0 ? 0 : outs.elements(0) / cost.n
    cost.flops = 2 * outs.elements(0) * cost.k
    return
  }
  const outElements = outs.elements(0)
  cost.n = node?.n ?? outs.dim(0, -1)
  cost.k = node?.k ?? (type.includes('Gemm') && ins.rank(1) === 2 ? ins.elements(1) / (cost.n || 1) : ins.dim(0, -1))
  cost.m = cost.n === 0 || cost.k === 0 ? 0 : Math.round(outElements / cost.n)
  if (cost.m === 0) cost.n = cost.k = 0
  cost.flops = 2 * cost.m * cost.n * cost.k
  const isBatch = ins.rank(1) > 2 && node === undefined
  if (isBatch) cost.m = outs.dim(0, -2) // rows of one of them; the FLOPs count all
  if (type === 'MatMulNBits') {
    cost.dataType = dataTypeIndex.int4
    if (node?.weightBytes === undefined) cost.hiddenWeightBytes = Math.ceil((cost.n * cost.k) / 2)
  } else if (ins.count === 1 && node?.weightBytes === undefined) {
    cost.hiddenWeightBytes = cost.n * cost.k * ins.elementBytes[0]!
  }
}

function operationsAnElement(kind: number): number {
  if (kind === kindIndex.norm || kind === kindIndex.softmax) return 5
  if (kind === kindIndex.activation) return 4
  if (kind === kindIndex.rope) return 3
  return kind === kindIndex.elementwise || kind === kindIndex.quantise ? 1 : 0
}
