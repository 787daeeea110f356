import { BadInput } from '../base/errors.js'
import { projections, type Architecture } from '../model/architecture.js'
import { models } from '../model/models.js'
import { quantisationOf, type Quantisation } from '../model/quantisation.js'
import type { ImportTools } from './format.js'
import { quantOfWord } from './quant-words.js'

export { quantOfWord } from './quant-words.js'

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

const MAX_SHAPES = 4096

/** Shapes and layers seen on the way through a file. */
export class Evidence {
  readonly shapes = new Map<string, { n: number; k: number; count: number; ns: number }>()
  layers = 0
  /** Forward passes that the matmuls are of; 0: not known. */
  passes = 0
  /** A pass was seen to its end: its head, or the next pass. */
  isWhole = false

  /** A matmul of `n` columns and inner dimension `k` (0: not told), and how long it took: what takes no time proves little. */
  matmul(n: number, k: number, durationNs = 1): void {
    if (n === 0) return
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

/** From this share of the matmuls' time in a model's shapes, a file is of that model. */
const SHAPES_FIT = 0.9
/** Below this one it is not, whatever its name or the caller say. */
const SHAPES_MISFIT = 0.5
/** A whole pass of fewer layers than this share of a model's is not of it: a draft head, a part. */
const LAYERS_MISFIT = 0.5

/** The model that a file is of: the caller's word, else its name in the file, else its matmuls: nine tenths of their time in
 *  the model's shapes, and as many layers. Undefined when nothing fits, or two models of different sizes do. Throws
 *  `BadInput` where the caller's word cannot be true of the file. */
export function matchModel(evidence: Evidence, hints: ModelHints, tools: Pick<ImportTools, 'model' | 'quant'>, file?: string): ModelMatch | undefined {
  const quant = tools.quant ?? quantOfWord(hints.quant ?? hints.name ?? '') ?? quantisationOf('f16')!
  const { model: given } = tools
  if (given !== undefined) {
    const found = misfitOf(given, evidence, hints)
    if (found === undefined) return { model: given, quant, rule: 'model-given' }
    const has = `a recording of ${given.title}: ${given.layers} layers, hidden size ${given.hidden}, feed-forward ${given.ffn}`
    throw new BadInput({ ...(file === undefined ? {} : { file }), field: 'model' }, has, found, 'leave --model out, or name the model that this file is of')
  }
  const named = modelOfText(hints.name ?? '')
  if (named !== undefined && isOfSize(named, evidence, hints) && misfitOf(named, evidence, hints) === undefined) return { model: named, quant, rule: 'model-name' }
  const [first, ...others] = models.filter((model) => isOfSize(model, evidence, hints) && showsModel(model, evidence))
  // Models of equal shape (Llama 3 and 3.1) are one for a replay.
  const isOne = first !== undefined && others.every((other) => sameShape(first, other))
  return isOne ? { model: first, quant, rule: 'model-shapes' } : undefined
}

/** The model whose name stands in a text: its family and size, in any spelling (`Qwen2.5-1.5B-Instruct`,
 *  `llama 3.2 1B Q4_0`, `models/qwen2.5_1.5b.gguf`). The longest id wins. */
export function modelOfText(text: string): Architecture | undefined {
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9.]/g, '').replace(/\.(?!\d)/g, '')
  const words = plain(text)
  const longestFirst = [...models].sort((a, b) => b.id.length - a.id.length)
  const found = longestFirst.find(({ id }) => {
    const at = words.indexOf(plain(id))
    const before = words[at - 1] ?? ''
    // 11.5b is not 1.5b.
    return at >= 0 && !/[\d.]/.test(before)
  })
  return found ?? longestFirst.find(({ id }) => withoutDots(id).test(text))
}

/** The id in names that may have no dots (`llama3_2_1b_int8.pte`): between two digits something has to stand for each mark, so that
 *  Qwen2-57B is not Qwen2.5-7B. */
function withoutDots(id: string): RegExp {
  const isDigit = (char: string | undefined): boolean => char !== undefined && /\d/.test(char)
  const pattern = id.replace(/[.-]/g, (mark, at: number) => (mark === '.' ? '[._-]' : isDigit(id[at - 1]) && isDigit(id[at + 1]) ? '[ _-]' : '[ _-]?'))
  return new RegExp(`(?<![a-z0-9.])${pattern}(?![a-z0-9])`, 'i')
}

function isOfSize(model: Architecture, evidence: Evidence, hints: ModelHints): boolean {
  if (evidence.layers > model.layers) return false
  if (hints.layers !== undefined && hints.layers !== model.layers) return false
  return hints.hidden === undefined || hints.hidden === model.hidden
}

/** Whether the matmuls alone say that it is this model. */
function showsModel(model: Architecture, evidence: Evidence): boolean {
  const { ns, allNs, distinct } = shapesOf(model, evidence)
  // One shape alone may be of any model.
  return distinct >= 3 && ns >= SHAPES_FIT * allNs && Math.abs(layersSeen(model, evidence) - model.layers) <= 0.1 * model.layers
}

/** Why a file cannot be of a model, in words of what was found; undefined: it can. */
function misfitOf(model: Architecture, evidence: Evidence, hints: ModelHints): string | undefined {
  const { ns, allNs } = shapesOf(model, evidence)
  const largest = [...evidence.shapes.values()].sort((a, b) => b.ns - a.ns || b.n - a.n || b.k - a.k).slice(0, 2)
  const shapes = largest.length === 0 ? '' : `, n x k ${largest.map(({ n, k }) => `${n} x ${k === 0 ? '?' : k}`).join(', ')}`
  const layers = (count: number): string => `${count} layer${count === 1 ? '' : 's'}`
  if (allNs > 0 && ns < SHAPES_MISFIT * allNs) return `${evidence.layers > 0 ? layers(evidence.layers) : 'layers without a number'}${shapes}`
  if (evidence.layers > model.layers) return `${layers(evidence.layers)}${shapes}`
  if (hints.layers !== undefined && hints.layers !== model.layers) return `${layers(hints.layers)}${shapes}`
  if (hints.hidden !== undefined && hints.hidden !== model.hidden) return `hidden size ${hints.hidden}${shapes}`
  const seen = layersSeen(model, evidence)
  return evidence.isWhole && seen > 0 && seen < LAYERS_MISFIT * model.layers ? `${layers(Math.round(seen))} in a whole pass${shapes}` : undefined
}

/** Layers by their numbers, else by how often the feed-forward's matmul comes in a pass; 0: nothing tells. */
function layersSeen(model: Architecture, { layers, shapes, passes }: Evidence): number {
  if (layers > 0) return layers
  const own = ownShapes(model)
  let count = shapes.get(`${model.hidden}x${model.ffn}`)?.count ?? 0
  if (count === 0) for (const [key, shape] of shapes) if (own.has(key)) count = Math.max(count, shape.count)
  return passes === 0 ? Math.min(count, model.layers) : count / passes
}

/** The time of matmuls whose (n, k) the model has (n alone where the file does not tell k), and of all whose shape is known.
 *  Products of attention have the head's size and no weights: they say nothing. */
function shapesOf(model: Architecture, { shapes }: Evidence): { ns: number; allNs: number; distinct: number } {
  const own = ownShapes(model)
  let [ns, allNs, distinct] = [0, 0, 0]
  for (const [key, shape] of shapes) {
    if (shape.n === model.headDim || shape.k === model.headDim) continue
    allNs += shape.ns
    if (!own.has(key)) continue
    ns += shape.ns
    if (shape.k > 0) distinct++
  }
  return { ns, allNs, distinct }
}

function ownShapes(model: Architecture): ReadonlySet<string> {
  const p = projections(model)
  const kv = model.kvHeads * model.headDim
  // Serving engines fuse what checkpoints hold apart.
  const fused = [
    { n: model.heads * model.headDim + 2 * kv, k: model.hidden },
    { n: 2 * kv, k: model.hidden },
    { n: 2 * model.ffn, k: model.hidden },
  ]
  const all = [...p.before, p.output, ...p.gateUp, p.down, ...fused, { n: model.vocab, k: model.hidden }]
  return new Set(all.flatMap(({ n, k }) => [`${n}x${k}`, `${n}x0`]))
}

function sameShape(a: Architecture, b: Architecture): boolean {
  return (['layers', 'hidden', 'heads', 'kvHeads', 'headDim', 'ffn', 'vocab', 'tied'] as const).every((key) => a[key] === b[key])
}
