import type { Place } from '../../base/errors.js'
import type { RuleSet } from '../../trace/trace.js'
import type { DataType, OpKind, Phase, ProcessorName } from '../../trace/words.js'
import type { OpDraft } from '../op-draft.js'
import { layerOfOpName } from '../op-roles.js'
import { cachedOf, kindOfGgmlOp, matmulOf, tensorsOf, typeOfGgml, workOfTensors, type Dims } from './ggml.js'

/** What a log's words say of an op; the same for every graph that has it. */
export interface OpWords {
  readonly kind: OpKind
  readonly dataType: DataType
  readonly layer: number
  /** What tells its role: its name, or that of its weights where it has none. */
  readonly words: string
  /** ggml's word for how its first source is stored. */
  readonly weights: string
  readonly dims: Dims | undefined
  /** Tokens in the cache that an attention op looks at, padded; 0: not told. */
  readonly cached: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly flops: number | undefined
  readonly bytes: number | undefined
}

/** An op of a graph, which gets its phase, step and request when the graph has ended. All have the same fields: there are many. */
export class Node implements OpDraft {
  phase: Phase = 'other'
  step = 0
  request = 0
  processor: ProcessorName = 'cpu'
  lane = ''
  startNs: number | undefined = undefined
  kind: OpKind
  dataType: DataType
  layer: number
  m: number
  n: number
  k: number
  flops: number | undefined
  bytes: number | undefined
  readonly dims: Dims | undefined
  readonly cached: number
  readonly words: string
  readonly weights: string

  constructor(
    readonly name: string,
    readonly type: string,
    readonly durationNs: number,
    said: OpWords,
    public rules: RuleSet,
    readonly place: Place,
  ) {
    this.kind = said.kind
    this.dataType = said.dataType
    this.layer = said.layer
    this.m = said.m
    this.n = said.n
    this.k = said.k
    this.flops = said.flops
    this.bytes = said.bytes
    this.dims = said.dims
    this.cached = said.cached
    this.words = said.words
    this.weights = said.weights
  }
}

/** An op that is none of the graph's: waiting, a call. */
export const besideOp = (kind: OpKind, layer: number): OpWords => ({ kind, dataType: 'unknown', layer, words: '', weights: '', dims: undefined, cached: 0, m: 0, n: 0, k: 0, flops: undefined, bytes: undefined })

const MAX_KNOWN = 1 << 16

/** What is made of words that come again with every graph. */
export class Known<T> {
  private readonly made = new Map<string, T>()

  of(key: string, make: () => T): T {
    let found = this.made.get(key)
    if (found === undefined) {
      if (this.made.size === MAX_KNOWN) this.made.clear()
      this.made.set(key, (found = make()))
    }
    return found
  }
}

/** An op by its word, its output's name, the names of what it reads, and `a x b -> c` of dims and types. */
export function opWords(type: string, name: string, inputs: readonly string[], dims: string, types: string): OpWords {
  const { sources, output } = tensorsOf(dims, types)
  const kind = kindOfGgmlOp(type, name)
  const shape = kind === 'matmul' && sources.length > 1 ? matmulOf(sources, output) : undefined
  const work = output === undefined ? {} : workOfTensors(type, kind, sources, output)
  return {
    ...layerOf(name, inputs),
    kind,
    dataType: typeOfGgml(types.split(/ x |->/)[0]!.trim()),
    weights: sources[0]?.type ?? '',
    dims: output?.dims,
    cached: cachedOf(type, name, sources, output),
    m: shape?.m ?? 0,
    n: shape?.n ?? 0,
    k: shape?.k ?? 0,
    flops: work.flops,
    bytes: work.bytes,
  }
}

/** The layer of an op: its output's, else that of the weights or of what else it reads. Of an unnamed output (`node_41`) the weights
 *  say what it is. */
function layerOf(output: string, inputs: readonly string[]): { layer: number; words: string } {
  const weights = inputs.find((name) => /\.weight$/.test(name))
  const own = layerOfOpName(output)
  const words = /^node_\d+$/.test(output) && weights !== undefined ? weights : output
  if (own >= 0) return { layer: own, words }
  for (const name of weights === undefined ? inputs : [weights]) {
    const layer = layerOfOpName(name)
    if (layer >= 0) return { layer, words }
  }
  return { layer: -1, words }
}

/** Rule sets by what of an op was told: one object each, since there are many ops and few sets. */
export class NodeRules {
  private readonly made = new Map<number, RuleSet>()
  private readonly without = new WeakMap<RuleSet, RuleSet>()

  /** `more`: a number below 64 for what else is inferred, and `add` what that is. */
  of(base: RuleSet, { n, flops, bytes }: Pick<OpWords, 'n' | 'flops' | 'bytes'>, more = 0, add: RuleSet = {}): RuleSet {
    const key = (n > 0 ? 1 : 0) + (flops === undefined ? 0 : 2) + (bytes === undefined ? 0 : 4) + more * 8
    let found = this.made.get(key)
    if (found === undefined) {
      const shape: RuleSet = n > 0 ? { m: 'dims', n: 'dims', k: 'dims' } : {}
      const made: RuleSet = { ...base, ...shape, ...(flops === undefined ? {} : { flops: 'dims' }), ...(bytes === undefined ? {} : { bytes: 'dims-and-types' }), ...add }
      this.made.set(key, (found = made))
    }
    return found
  }

  /** Of what is no pass of a model phase, step and request are not told. */
  withoutGraph(rules: RuleSet): RuleSet {
    let found = this.without.get(rules)
    if (found === undefined) {
      const { phase: _phase, step: _step, request: _request, ...rest } = rules
      this.without.set(rules, (found = rest))
    }
    return found
  }
}
