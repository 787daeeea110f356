import type { GraphNode } from '../trace/graph-facts.js'
import { dataTypeIndex, kindIndex, movesNothing } from '../trace/words.js'
import { ortAttention } from './ort-attention.js'
import type { OrtCost } from './ort-cost-facts.js'
import { ortMatmul } from './ort-matmul.js'
import type { OrtType } from './ort-types.js'
import type { Shapes } from './shapes.js'

/** Fills `cost` for an operator of `kind`. Matmuls count 2·m·n·k (a batch: that many times), attention 4·rows·context·width
 *  (all of both products), the rest a few operations an element; what moves nothing counts nothing. */
export function ortCost(cost: OrtCost, type: OrtType, kind: number, ins: Shapes, outs: Shapes, node: GraphNode | undefined): void {
  const outElements = outs.elements(0)
  cost.dataType = computedType(type, ins, outs)
  cost.m = cost.n = cost.k = 0
  cost.hiddenWeightBytes = 0
  cost.cacheSlots = cost.cacheBytes = 0
  cost.rows = rowsOf(type, kind, ins)
  cost.batch = cost.rows > 0 && ((kind === kindIndex.norm && ins.rank(0) === 3) || kind === kindIndex.embedding) ? ins.dim(kind === kindIndex.embedding ? 1 : 0, 0) : 0
  cost.flops = 0
  cost.bytes = movesNothing(kind) ? 0 : ins.bytes() + outs.bytes()
  if (kind === kindIndex.matmul) ortMatmul(cost, type, ins, outs, node)
  else if (kind === kindIndex.attention) ortAttention(cost, type, ins, outs)
  else cost.flops = outElements * operationsAnElement(kind)
}

/** Tokens of a sequence: matmuls, layer norms and lookups of words have [sequences, tokens, …] (or [tokens, …]) first; of
 *  others of three dimensions it is a guess, and of convolutions no guess. */
function rowsOf(type: OrtType, kind: number, ins: Shapes): number {
  if (type.isConv) return 0
  const rank = ins.rank(0)
  if (kind === kindIndex.embedding) return ins.rank(1) === 2 && isIndex(ins.dataType[1]!) ? ins.dim(1, 1) : 0
  if (kind === kindIndex.matmul && ins.rank(1) <= 2) return rank === 3 ? ins.dim(0, 1) : rank === 2 ? ins.dim(0, 0) : 0
  if (kind === kindIndex.norm && type.isLayerNorm && rank === 3) return ins.dim(0, 1)
  return rank === 3 && !movesNothing(kind) && (kind === kindIndex.attention || kind === kindIndex.elementwise || kind === kindIndex.activation) ? -ins.dim(0, 1) : 0
}

/** The type of what is multiplied or added: the first input that is a number with a fraction, not a mask or an index; of integer operators
 *  their own. */
function computedType(type: OrtType, ins: Shapes, outs: Shapes): number {
  if (!type.isInteger)
    for (let i = 0; i < ins.count; i++) if (isFraction(ins.dataType[i]!)) return ins.dataType[i]!
  return ins.count > 0 && ins.dataType[0] !== 0 ? ins.dataType[0]! : outs.count > 0 ? outs.dataType[0]! : 0
}

const isIndex = (type: number): boolean => type === dataTypeIndex.int64 || type === dataTypeIndex.int32
const isFraction = (type: number): boolean => type === dataTypeIndex.f32 || type === dataTypeIndex.f16 || type === dataTypeIndex.bf16 || type === dataTypeIndex.f64 || type === dataTypeIndex.f8

function operationsAnElement(kind: number): number {
  if (kind === kindIndex.norm || kind === kindIndex.softmax) return 5
  if (kind === kindIndex.activation) return 4
  if (kind === kindIndex.rope) return 3
  return kind === kindIndex.elementwise || kind === kindIndex.quantise ? 1 : 0
}
