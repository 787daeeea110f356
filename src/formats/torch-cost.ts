import { kindIndex } from '../trace/words.js'
import type { Shapes } from './shapes.js'
import { kindOfTorchOp } from './torch-kinds.js'

/** How an operator's inputs tell m, n and k. */
type Layout = 'mm' | 'addmm' | 'bmm' | 'baddbmm' | 'linear' | 'attention' | 'embedding' | 'other'

const layouts = new Map<string, Layout>([
  ['aten::mm', 'mm'],
  ['aten::_scaled_mm', 'mm'],
  ['aten::_int_mm', 'mm'],
  ['aten::matmul', 'mm'],
  ['aten::addmm', 'addmm'],
  ['aten::_addmm_activation', 'addmm'],
  ['aten::bmm', 'bmm'],
  ['aten::baddbmm', 'baddbmm'],
  ['aten::linear', 'linear'],
  ['aten::mkldnn_linear', 'linear'],
  ['aten::_mkldnn_linear', 'linear'],
  ['aten::embedding', 'embedding'],
])

/** What is known of an operator by its name, once a name. */
export interface TorchOp {
  readonly kind: number
  readonly layout: Layout
  /** Does the work itself: what runs inside (expand, copies of the bias) is part of it. */
  readonly isWhole: boolean
}

const wholeOps = new RegExp(
  '^(aten|mkldnn|onednn)::(mm|addmm|bmm|baddbmm|addmv|mv|dot|_scaled_mm|_int_mm|mkldnn_convolution|thnn_conv2d|' +
    '_slow_conv2d_forward|_?mkldnn_linear|_scaled_dot_product_flash_attention_for_cpu)$',
)

export function torchOp(name: string): TorchOp {
  const kind = kindOfTorchOp(name)
  const isAttention = /::(_?scaled_dot_product\w*|_flash_attention_forward|_efficient_attention_forward)$/.test(name)
  return { kind, layout: layouts.get(name) ?? (isAttention ? 'attention' : 'other'), isWhole: wholeOps.test(name) }
}

export interface TorchCost {
  dataType: number
  m: number
  n: number
  k: number
  flops: number
  bytes: number
  /** Tokens a sequence, of an embedding; 0: unknown or another operator. */
  tokens: number
}

/** Fills `cost` from `Input Dims` and `Input type`. Bytes are those of the inputs and of an output as large as the
 *  product (or the largest input); 0 where an input could not be read. */
export function torchCost(cost: TorchCost, op: TorchOp, ins: Shapes): void {
  cost.m = cost.n = cost.k = cost.flops = cost.tokens = 0
  let first = 0
  while (first < ins.count && (ins.rank(first) === 0 || ins.dataType[first] === 0)) first++
  cost.dataType = first < ins.count ? ins.dataType[first]! : 0
  let outElements = 0
  for (let i = 0; i < ins.count; i++) outElements = Math.max(outElements, ins.elements(i))
  switch (op.layout) {
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
    case 'embedding':
      outElements = ins.elements(1) * ins.dim(0, -1)
      cost.tokens = ins.dim(1, -1)
      break
    default:
      cost.flops =
        op.kind === kindIndex.copy || op.kind === kindIndex.other
          ? 0
          : outElements * (op.kind === kindIndex.elementwise ? 1 : 4)
  }
  const elementBytes = first < ins.count ? ins.elementBytes[first]! : 0
  cost.bytes = ins.isPartial ? 0 : Math.ceil(ins.bytes() + outElements * elementBytes)
  if (op.layout === 'embedding') cost.bytes = Math.ceil(2 * outElements * elementBytes) // the rows that are looked up
  if (!(cost.flops <= Number.MAX_SAFE_INTEGER)) cost.flops = 0
  if (!(cost.bytes <= Number.MAX_SAFE_INTEGER)) cost.bytes = 0
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
