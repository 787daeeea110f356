import { projections, type Architecture } from '../model/architecture.js'
import { models } from '../model/models.js'
import { quantisationOf, type Quantisation } from '../model/quantisation.js'
import type { ImportTools } from './format.js'

/** What the file itself says of its model. */
export interface ModelHints {
  /** Any text that may hold the model's name: a path, `qwen2 1.5B Q4_0`. */
  readonly name?: string
  /** The file's word for how weights are stored: `q4_0`, `W8A8`, `f16`. */
  readonly quant?: string
  readonly layers?: number
  readonly hidden?: number
  readonly parameters?: number
}

/** The model of a file and how it was found. */
export interface ModelMatch {
  readonly model: Architecture
  readonly quant: Quantisation
  /** `model-given`, `model-name`, `model-shapes`. */
  readonly rule: string
}

/** Below this share of the matmuls' time in a model's shapes, a file is not of that model. */
const SHAPES_FIT = 0.9
const MAX_SHAPES = 4096

/** Shapes and layers seen on the way through a file. */
export class Evidence {
  readonly shapes = new Map<string, { n: number; k: number; count: number; ns: number }>()
  layers = 0

  /** A matmul of `n` columns and inner dimension `k`, and how long it took: what takes no time proves little. */
  matmul(n: number, k: number, durationNs = 1): void {
    if (n === 0 || k === 0) return
    const key = `${n}x${k}`
    const seen = this.shapes.get(key)
    if (seen !== undefined) {
      seen.count++
      seen.ns += durationNs
    } else if (this.shapes.size < MAX_SHAPES) this.shapes.set(key, { n, k, count: 1, ns: durationNs })
  }

  layer(layer: number): void {
    if (layer >= this.layers) this.layers = layer + 1
  }
}

/** The model that a file is of: the caller's word, else its name in the file, else the shapes of its matmuls (nine of
 *  ten, and no more layers than the model has). Undefined when nothing fits, or two models of different sizes do. */
export function matchModel(evidence: Evidence, hints: ModelHints, tools: Pick<ImportTools, 'model' | 'quant'>): ModelMatch | undefined {
  const quant = tools.quant ?? quantOfWord(hints.quant ?? hints.name ?? '') ?? quantisationOf('f16')!
  if (tools.model !== undefined) return { model: tools.model, quant, rule: 'model-given' }
  const named = modelOfText(hints.name ?? '')
  if (named !== undefined && fits(named, evidence, hints)) return { model: named, quant, rule: 'model-name' }
  const fitting = models.filter((model) => fits(model, evidence, hints) && shapesFit(model, evidence) >= SHAPES_FIT)
  const [first, ...others] = fitting
  // Models of equal shape (Llama 3 and 3.1) are one for a replay.
  const isOne = first !== undefined && others.every((other) => sameShape(first, other))
  return isOne ? { model: first, quant, rule: 'model-shapes' } : undefined
}

/** The model whose name stands in a text: its family and size, in any spelling (`Qwen2.5-1.5B-Instruct`,
 *  `llama 3.2 1B Q4_0`, `models/qwen2.5_1.5b.gguf`). The longest id wins. */
export function modelOfText(text: string): Architecture | undefined {
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9.]/g, '').replace(/\.(?!\d)/g, '')
  const words = plain(text)
  return [...models]
    .sort((a, b) => b.id.length - a.id.length)
    .find(({ id }) => {
      const at = words.indexOf(plain(id))
      const before = words[at - 1] ?? ''
      // 11.5b is not 1.5b.
      return at >= 0 && !/[\d.]/.test(before)
    })
}

/** How weights are stored, from the words that runtimes use for it. */
export function quantOfWord(word: string): Quantisation | undefined {
  const text = word.toLowerCase()
  if (/q8_0/.test(text)) return quantisationOf('q8_0')
  if (/q4_|iq4|w4a|int4|mxfp4|(^|[^a-z0-9])(w4|q4|4bit|4-bit)/.test(text)) return quantisationOf('w4')
  if (/w8a|int8|qu8|qs8|uint8|(^|[^a-z0-9])w8/.test(text)) return quantisationOf('int8')
  if (/f16|fp16|float16|half/.test(text)) return quantisationOf('f16')
  return undefined
}

function fits(model: Architecture, evidence: Evidence, hints: ModelHints): boolean {
  if (evidence.layers > model.layers) return false
  if (hints.layers !== undefined && hints.layers !== model.layers) return false
  return hints.hidden === undefined || hints.hidden === model.hidden
}

/** The share of the matmuls' time whose (n, k) the model has. */
function shapesFit(model: Architecture, { shapes }: Evidence): number {
  const p = projections(model)
  // Serving engines fuse what checkpoints hold apart.
  const fused = [
    { n: (model.heads + 2 * model.kvHeads) * model.headDim, k: model.hidden },
    { n: 2 * model.ffn, k: model.hidden },
  ]
  const own = new Set([...p.before, p.output, ...p.gateUp, p.down, ...fused, { n: model.vocab, k: model.hidden }].map(({ n, k }) => `${n}x${k}`))
  let all = 0
  let found = 0
  let distinct = 0
  for (const [key, { ns }] of shapes) {
    all += ns
    if (!own.has(key)) continue
    found += ns
    distinct++
  }
  // One shape alone may be of any model.
  return all === 0 || distinct < 3 ? 0 : found / all
}

function sameShape(a: Architecture, b: Architecture): boolean {
  return (['layers', 'hidden', 'heads', 'kvHeads', 'headDim', 'ffn', 'vocab', 'tied'] as const).every((key) => a[key] === b[key])
}
