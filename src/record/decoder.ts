import { UsageFault } from '../base/errors.js'
import type { Architecture } from '../model/architecture.js'
import { modelOf, models } from '../model/models.js'

/** Weights of a block share one scale. */
export const BLOCK = 32
export const ROPE_BASE = 10_000
export const NORM_EPSILON = 1e-6

/** What `record` is asked for: a model of the table, or a miniature by its numbers. */
export interface DecoderRequest {
  readonly model?: string
  readonly layers?: number
  readonly hidden?: number
  readonly heads?: number
  readonly kvHeads?: number
  readonly ffn?: number
  readonly vocab?: number
}

const MINIATURE = { layers: 4, hidden: 256, heads: 8, kvHeads: 2, ffn: 704, vocab: 4096 }

/** The decoder to build, checked. A model of the table is taken as Llama-shaped (see `leftOut`).
 *  Throws `UsageFault`: an unknown model, a model and numbers together, numbers that do not fit each other. */
export function decoderOf(request: DecoderRequest): Architecture {
  const numbers = { ...request, model: undefined }
  if (request.model !== undefined) {
    if (Object.values(numbers).some((value) => value !== undefined))
      throw new UsageFault('--model already says the shape', 'leave out --layers, --hidden, --heads, --kv-heads, --ffn, --vocab')
    const found = modelOf(request.model)
    if (found === undefined)
      throw new UsageFault(`no model "${request.model}"`, `known: ${models.map((model) => model.id).join(', ')}`)
    return checked({ ...found, fusedProjections: false })
  }
  const heads = request.heads ?? MINIATURE.heads
  const hidden = request.hidden ?? MINIATURE.hidden
  const kvHeads = request.kvHeads ?? (request.heads === undefined ? MINIATURE.kvHeads : heads)
  if (hidden % heads !== 0) throw new UsageFault(`--hidden ${hidden} is no multiple of --heads ${heads}`)
  const layers = request.layers ?? MINIATURE.layers
  const ffn = request.ffn ?? (request.hidden === undefined ? MINIATURE.ffn : Math.ceil((hidden * 2.75) / BLOCK) * BLOCK)
  const vocab = request.vocab ?? MINIATURE.vocab
  const id = `miniature-${layers}x${hidden}`
  return checked({ id, title: id, layers, hidden, heads, kvHeads, headDim: hidden / heads, ffn, vocab, tied: true })
}

function checked(a: Architecture): Architecture {
  for (const [flag, value] of [
    ['layers', a.layers],
    ['hidden', a.hidden],
    ['heads', a.heads],
    ['kv-heads', a.kvHeads],
    ['ffn', a.ffn],
    ['vocab', a.vocab],
  ] as const)
    if (!Number.isSafeInteger(value) || value < 1) throw new UsageFault(`--${flag} must be a whole number, 1 or more`)
  if (a.heads % a.kvHeads !== 0)
    throw new UsageFault(
      `--heads ${a.heads} is no multiple of --kv-heads ${a.kvHeads}`,
      'each KV head serves the same number of query heads',
    )
  if (a.headDim % 16 !== 0)
    throw new UsageFault(
      `a head of ${a.headDim} (--hidden / --heads) is no multiple of 16`,
      'the runtime rotates that many at a time',
    )
  for (const [flag, value] of [
    ['hidden', a.hidden],
    ['ffn', a.ffn],
  ] as const)
    if (value % BLOCK !== 0)
      throw new UsageFault(`--${flag} ${value} is no multiple of ${BLOCK}`, 'weights come in blocks of that size')
  if ((a.heads * a.headDim) % BLOCK !== 0)
    throw new UsageFault(`heads × head size ${a.heads * a.headDim} is no multiple of ${BLOCK}`)
  if (a.vocab < 2) throw new UsageFault('--vocab must be 2 or more')
  return a
}

/** What the model of that name has and the recorded decoder has not, for the provenance note. */
export function leftOut(a: Architecture): string[] {
  const known = modelOf(a.id)
  const out: string[] = []
  if (known?.qkNorm) out.push('norms of query and key')
  if (known?.fusedProjections) out.push('fused QKV and gate-up projections (written as separate ones)')
  if (known?.normsPerLayer !== undefined && known.normsPerLayer !== 2)
    out.push(`${known.normsPerLayer} norms a layer (2 written), its GELU and soft caps`)
  return out
}
