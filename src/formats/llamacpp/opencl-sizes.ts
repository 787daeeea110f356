import type { OpKind } from '../../trace/words.js'
import type { OpDraft } from '../op-draft.js'
import { Roles, type OpRole } from '../op-roles.js'
import { bytesAnElement, count, typeOfGgml, type Dims } from './ggml.js'
import type { Node } from './graphs.js'

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

  of(nodes: readonly Node[]): Node[] {
    const layers = new Map<number, LayerSizes>()
    const hidden = this.measure(nodes, layers)
    return nodes.map((node, i) => {
      const { draft, dims } = node
      const size = layers.get(draft.layer ?? -1)
      const filled = dims === undefined ? {} : this.filled(nodes, i, dims, size, hidden)
      if (Object.keys(filled).length === 0) return node
      const rules = { ...draft.rules, ...('k' in filled ? { k: 'input-size' } : {}), ...('flops' in filled ? { flops: 'sizes-of-graph' } : {}), ...('bytes' in filled ? { bytes: 'sizes-of-graph' } : {}) }
      return { ...node, draft: { ...draft, ...filled, rules } }
    })
  }

  /** The hidden size; fills `layers`. */
  private measure(nodes: readonly Node[], layers: Map<number, LayerSizes>): number {
    let hidden = 0
    for (const { draft, dims } of nodes) {
      if (dims === undefined) continue
      const { name, kind, layer = -1 } = draft
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

  private filled(nodes: readonly Node[], i: number, dims: Dims, size: LayerSizes | undefined, hidden: number): Partial<Pick<OpDraft, 'k' | 'flops' | 'bytes' | 'dataType'>> {
    const { name, kind, type = '' } = nodes[i]!.draft
    const outputs = count(dims)
    if (kind === 'matmul') {
      const k = this.innerOf(nodes, i, this.roles.of(name), size, hidden)
      const weights = weightTypeOfKernel(type)
      const m = outputs / dims[0]
      const bytes = k * dims[0] * (bytesAnElement(weights) ?? NaN) + m * (k + dims[0]) * F32
      return { ...(weights === '' ? {} : { dataType: typeOfGgml(weights) }), ...(k > 0 ? { k, ...safe(2 * k * outputs, bytes) } : {}) }
    }
    if (kind === 'attention') return size === undefined ? {} : attention(name, dims, size)
    const isCache = /^cache_[kv]/.test(name)
    if (kind === 'copy' && /transpose/.test(type)) {
      // The activations of the matmul behind it, made half as wide.
      const next = nodes[i + 1]?.draft
      const k = next?.name === name && next.kind === 'matmul' ? this.innerOf(nodes, i + 1, this.roles.of(name), size, hidden) : 0
      return k > 0 ? safe(0, k * dims[1] * (F32 + F16)) : {}
    }
    // What is written into a cache is its new rows; the output is the cache.
    const rows = isCache ? (size?.kv ?? 0) * (size?.tokens ?? 0) : outputs
    const moved = rows > 0 ? rows : outputs <= 1 << 20 ? outputs : 0
    if (isCache) return moved > 0 ? safe(0, moved * (F32 + F16)) : {}
    const passes = kind === undefined ? undefined : passesOf[kind]
    return passes === undefined ? {} : safe(outputs * (flopsAnElement[kind!] ?? 0), outputs * passes * F32)
  }

  /** The inner dimension of a matmul: the columns of what it reads; 0: not told. */
  private innerOf(nodes: readonly Node[], i: number, role: OpRole | undefined, size: LayerSizes | undefined, hidden: number): number {
    if (role === 'o') return size?.attended || size?.q || 0
    if (role === 'down') return size?.ffn ?? 0
    if (role !== undefined && role !== 'ffn') return hidden
    const { name } = nodes[i]!.draft
    for (let before = i - 1; before >= 0; before--) if (nodes[before]!.draft.name !== name) return nodes[before]!.dims?.[0] ?? 0
    return 0
  }
}

/** `kq`: cached x tokens x heads; `kqv`: size of a head x tokens x heads. Keys and values lie in the cache in half precision. */
function attention(name: string, dims: Dims, { q, kv, heads, cached }: LayerSizes): Partial<Pick<OpDraft, 'flops' | 'bytes'>> {
  const isKq = /^kq-/.test(name)
  const inner = isKq ? (heads > 0 ? q / heads : 0) : cached
  if (!(inner > 0) || kv === 0 || cached === 0 || !/^kqv?-/.test(name)) return {}
  const outputs = count(dims)
  const read = (outputs / dims[0]) * inner
  return safe(2 * inner * outputs, kv * cached * F16 + (read + outputs) * F32)
}

function safe(flops: number, bytes: number): Partial<Pick<OpDraft, 'flops' | 'bytes'>> {
  return { ...(Number.isSafeInteger(Math.round(flops)) ? { flops: Math.round(flops) } : {}), ...(Number.isSafeInteger(Math.round(bytes)) ? { bytes: Math.round(bytes) } : {}) }
}
