import type { GraphNode } from '../trace/graph-facts.js'
import { dataTypeIndex } from '../trace/words.js'
import type { OrtCost } from './ort-cost-facts.js'
import type { OrtType } from './ort-types.js'
import type { Shapes } from './shapes.js'

/** Shape, FLOPs, type and hidden weights of what multiplies matrices. Where an operator's own sum is none of shapes (a mixture of
 *  experts, any Einstein sum) its FLOPs stay unknown. */
export function ortMatmul(cost: OrtCost, type: OrtType, ins: Shapes, outs: Shapes, node: GraphNode | undefined): void {
  if (type.isConv) convolution(cost, type, ins, outs)
  else if (type.isRecurrent) recurrent(cost, ins)
  else if (!type.isUnknownSum) product(cost, type, ins, outs, node)
}

/** Weight [outputs, inputs a group, kernel…]: an implicit matmul over every output position; transposed [inputs, outputs a group,
 *  kernel…]: over every input position. */
function convolution(cost: OrtCost, { isTransposed, weight }: OrtType, ins: Shapes, outs: Shapes): void {
  const first = ins.dim(weight, 0)
  const other = first === 0 ? 0 : ins.elements(weight) / first
  const positions = isTransposed ? ins.elements(0) : outs.elements(0)
  if (other === 0 || positions === 0) return
  cost.k = isTransposed ? first : other
  cost.n = isTransposed ? other : first
  cost.m = positions / first
  cost.flops = 2 * positions * other
}

/** Every step of a sequence meets the weights of input and state: X [steps, batch, inputs], W and R [directions, gates, …]. */
function recurrent(cost: OrtCost, ins: Shapes): void {
  if (ins.rank(0) === 3 && ins.rank(1) === 3) cost.flops = 2 * ins.dim(0, 0) * ins.dim(0, 1) * (ins.elements(1) + ins.elements(2))
}

function product(cost: OrtCost, { weight, isGemm, isBlocks, isDynamic }: OrtType, ins: Shapes, outs: Shapes, node: GraphNode | undefined): void {
  const outElements = outs.elements(0)
  cost.n = node?.n ?? outs.dim(0, -1)
  cost.k = node?.k ?? (isGemm && ins.rank(weight) === 2 ? ins.elements(weight) / (cost.n || 1) : ins.dim(0, -1))
  cost.m = cost.n === 0 || cost.k === 0 ? 0 : Math.round(outElements / cost.n)
  if (cost.m === 0) cost.n = cost.k = 0
  cost.flops = 2 * cost.m * cost.n * cost.k
  const isBatch = ins.rank(weight) > 2 && node === undefined && !isBlocks
  if (isBatch) cost.m = outs.dim(0, -2) // rows of one of them; the FLOPs count all
  if (isBlocks) {
    // The packed weights, where they are shown: [outputs, blocks, bytes of a block].
    const shownBytes = ins.rank(1) >= 2 ? ins.elements(1) * ins.elementBytes[1]! : 0
    const bits = cost.n * cost.k === 0 ? 0 : (8 * shownBytes) / (cost.n * cost.k)
    cost.dataType = bits > 6 && bits < 12 ? dataTypeIndex.int8 : dataTypeIndex.int4
    if (node?.weightBytes === undefined && bits === 0) cost.hiddenWeightBytes = Math.ceil((cost.n * cost.k) / 2)
  } else {
    if (isDynamic) cost.dataType = dataTypeIndex.int8
    if (ins.count === 1 && node?.weightBytes === undefined) cost.hiddenWeightBytes = cost.n * cost.k * ins.elementBytes[0]!
  }
}
