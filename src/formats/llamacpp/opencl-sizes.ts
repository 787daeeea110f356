import type { OpKind } from '../../trace/words.js'
import type { RuleSet } from '../../trace/trace.js'
import { Roles, type OpRole } from '../op-roles.js'
import { bytesAnElement, count, type Dims } from './ggml.js'
import type { Node } from './node.js'

/** Sizes of a layer that only its ops together tell. */
interface LayerSizes {
  /** Columns of the query, of what the output projection reads, of key (or value), of the feed-forward. */
  q: number
  attended: number
  kv: number
  ffn: number
  /** Tokens that went in, and those in the cache, padded. */
  tokens: number
  cached: number
  heads: number
}

const F32 = 4
const F16 = 2
/** Tensors that an op passes over, its output among them. */
const passesOf: Partial<Record<OpKind, number>> = { norm: 2, softmax: 2, rope: 2, activation: 3, elementwise: 3, copy: 2, embedding: 2 }
const flopsAnElement: Partial<Record<OpKind, number>> = { norm: 5, activation: 4, softmax: 5, elementwise: 1, rope: 3 }

/** The type of weights in a kernel's name; the kernels without one are Adreno's for Q4_0. Source: ggml-opencl.cpp. */
export function weightTypeOfKernel(kernel: string): string {
  const found = /(q\d_[01k]|iq\d_\w{1,3}|mxfp4|bf16|f16|f32)/i.exec(kernel)?.[1]
  return found?.toLowerCase() ?? (/noshuffle|Ab_Bi/.test(kernel) ? 'q4_0' : '')
}

/** Fills what a row of the profile does not have and its graph tells: inner dimensions, FLOPs and bytes. */
export class OpenclSizes {
  private readonly roles = new Roles()
  private readonly rules = new WeakMap<RuleSet, RuleSet[]>()

  fill(nodes: readonly Node[]): void {
    const layers = new Map<number, LayerSizes>()
    const hidden = this.measure(nodes, layers)
    for (const [i, node] of nodes.entries()) {
      if (node.dims !== undefined) this.filled(nodes, i, node.dims, layers.get(node.layer), hidden)
      const key = (node.k > 0 ? 1 : 0) + (node.flops === undefined ? 0 : 2) + (node.bytes === undefined ? 0 : 4)
      if (key === 0) continue
      let sets = this.rules.get(node.rules)
      if (sets === undefined) this.rules.set(node.rules, (sets = []))
      node.rules = sets[key] ??= { ...node.rules, ...(node.k > 0 ? { k: 'input-size' } : {}), ...(node.flops === undefined ? {} : { flops: 'sizes-of-graph' }), ...(node.bytes === undefined ? {} : { bytes: 'sizes-of-graph' }) }
    }
  }

  /** The hidden size; fills `layers`. */
  private measure(nodes: readonly Node[], layers: Map<number, LayerSizes>): number {
    let hidden = 0
    for (const { name, kind, layer, dims } of nodes) {
      if (dims === undefined) continue
      const role = this.roles.of(name)
      if (hidden === 0 && (role === 'o' || role === 'down' || /^(attn|ffn|result)_norm/.test(name))) hidden = dims[0]
      let size = layers.get(layer)
      if (size === undefined) layers.set(layer, (size = { q: 0, attended: 0, kv: 0, ffn: 0, tokens: 0, cached: 0, heads: 0 }))
      if (kind === 'matmul') {
        if (role === 'q') size.q = dims[0]
        if (role === 'k' || role === 'v') {
          size.kv = dims[0]
          size.tokens = dims[1]
        }
        if (role === 'gate' || role === 'up') size.ffn = dims[0]
      } else if (/^ffn_(swiglu|silu|gelu|geglu|gate_par)/.test(name)) size.ffn = dims[0]
      else if (/^kqv_(out|merged_cont)/.test(name)) size.attended = dims[0]
      if (/^kq-/.test(name)) {
        size.cached = dims[0]
        size.heads = dims[2]
      }
    }
    return hidden
  }

  private filled(nodes: readonly Node[], i: number, dims: Dims, size: LayerSizes | undefined, hidden: number): void {
    const node = nodes[i]!
    const { name, kind, type } = node
    const outputs = count(dims)
    if (kind === 'matmul') {
      const k = this.innerOf(nodes, i, this.roles.of(name), size, hidden)
      if (k === 0) return
      node.k = k
      const bytes = k * dims[0] * (bytesAnElement(node.weights) ?? NaN) + node.m * (k + dims[0]) * F32
      return set(node, 2 * k * outputs, bytes)
    }
    if (kind === 'attention') return size === undefined ? undefined : attention(node, dims, size)
    const isCache = /^cache_[kv]/.test(name)
    if (kind === 'copy' && type.includes('transpose')) {
      // The activations of the matmul behind it, made half as wide.
      const next = nodes[i + 1]
      const k = next?.name === name && next.kind === 'matmul' ? this.innerOf(nodes, i + 1, this.roles.of(name), size, hidden) : 0
      return k > 0 ? set(node, 0, k * dims[1] * (F32 + F16)) : undefined
    }
    // What is written into a cache is its new rows; the output is the cache.
    if (isCache) {
      const rows = (size?.kv ?? 0) * (size?.tokens ?? 0)
      return rows > 0 ? set(node, 0, rows * (F32 + F16)) : undefined
    }
    const passes = passesOf[kind]
    if (passes !== undefined) set(node, outputs * (flopsAnElement[kind] ?? 0), outputs * passes * F32)
  }

  /** The inner dimension of a matmul: the columns of what it reads; 0: not told. */
  private innerOf(nodes: readonly Node[], i: number, role: OpRole | undefined, size: LayerSizes | undefined, hidden: number): number {
    if (role === 'o') return size?.attended || size?.q || 0
    if (role === 'down') return size?.ffn ?? 0
    if (role !== undefined && role !== 'ffn') return hidden
    const { name } = nodes[i]!
    for (let before = i - 1; before >= 0; before--) if (nodes[before]!.name !== name) return nodes[before]!.dims?.[0] ?? 0
    return 0
  }
}

/** `kq`: cached x tokens x heads; `kqv`: size of a head x tokens x heads. Keys and values lie in the cache in half precision. */
function attention(node: Node, dims: Dims, { q, kv, heads, cached }: LayerSizes): void {
  const isKq = node.name.startsWith('kq-')
  const inner = isKq ? (heads > 0 ? q / heads : 0) : cached
  if (!(inner > 0) || kv === 0 || cached === 0 || !/^kqv?-/.test(node.name)) return
  const outputs = count(dims)
  const read = (outputs / dims[0]) * inner
  set(node, 2 * inner * outputs, kv * cached * F16 + (read + outputs) * F32)
}

function set(node: Node, flops: number, bytes: number): void {
  if (Number.isSafeInteger(Math.round(flops))) node.flops = Math.round(flops)
  if (Number.isSafeInteger(Math.round(bytes))) node.bytes = Math.round(bytes)
}
