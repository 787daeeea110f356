import type { TraceRequest } from '../../trace/trace.js'
import type { Phase } from '../../trace/words.js'
import type { OpDraft } from '../op-draft.js'
import type { OpDrafts } from '../op-drafts.js'
import { Roles } from '../op-roles.js'
import { NodeRules, type Node } from './node.js'

/** What a graph that has ended looked like. */
interface Graph {
  readonly tokens: number
  readonly batch: number
  readonly cached: number
  readonly layers: number
  readonly hidden: number
  readonly hasHead: boolean
  readonly isModel: boolean
}

/** Graphs of one model, in order. */
interface Family {
  readonly hidden: number
  layers: number
  isWhole: boolean
  request: number
  last: Graph | undefined
  ns: number
}

/** The rules of `Graphs`. */
export const graphRules = { phase: 'tokens-of-graph', step: 'graph-repeats', request: 'graph-repeats' } as const

const MAX_NODES = 100_000
const MAX_REQUESTS = 49_000
const MAX_FAMILIES = 64

/** Tells the graphs of a log apart and what each is. A graph begins when its first op comes again, or behind the vocabulary head.
 *  More than one token is a prefill, and each prefill a request of its own; it goes on with the next piece of a prompt where the
 *  piece before had no head and the cache holds both. One token is a decode step. An op that is repeated by itself is a
 *  benchmark: its phase is not told. Graphs of another hidden size, or with far fewer layers, are those of another model. */
export class Graphs {
  /** Names that graphs of the file began with. */
  private readonly firsts = new Set<string>()
  private nodes: Node[] = []
  private candidate = -1
  private deepest = -1
  private hasHead = false
  private readonly families: Family[] = []
  private readonly made: { prompt: number; steps: number; batch: number; family: number }[] = []
  private hasSeenHead = false
  private readonly roles = new Roles()
  private readonly rules = new NodeRules()
  private readonly weightNs = new Map<string, number>()

  /** `prepare`: fills in what only the whole graph tells. */
  constructor(
    private readonly drafts: OpDrafts,
    private readonly prepare?: (nodes: readonly Node[]) => void,
  ) {}

  /** Takes ops in order. `isFirst`: the log says that a graph begins. */
  node(node: Node, isFirst = false): void {
    const { name, layer } = node
    const before = this.nodes.at(-1)?.name
    if (this.candidate >= 0 && name !== before) {
      // The second op follows the first one again: a graph began there.
      if (name === this.second()) this.split(this.candidate)
      this.candidate = -1
    }
    if (isFirst || this.nodes.length === MAX_NODES) this.end()
    else if (this.nodes.length > 0 && name !== before) {
      const first = this.nodes[0]!
      if (name === first.name) {
        // The norms ahead of attention and feed-forward share a name: the graph must have got further than its first layer.
        if (first.layer < 0 || this.deepest > first.layer || this.hasHead) this.end()
        else this.candidate = this.nodes.length
      } else if (this.hasHead && (layer === 0 || /^inp_/.test(name) || this.firsts.has(name))) this.end()
    } else if (this.nodes.length > 0 && name === before && this.nodes.length === 1 && isSame(this.nodes[0]!, node)) this.end()
    this.add(node)
  }

  /** Another recording begins: what follows is another request. */
  restart(): void {
    this.end()
    for (const family of this.families) {
      family.request = -1
      family.last = undefined
    }
  }

  /** The open graph has ended. */
  end(): void {
    const { nodes } = this
    this.nodes = []
    this.candidate = this.deepest = -1
    this.hasHead = false
    if (nodes.length === 0) return
    const first = nodes[0]!.name
    const found = graphOf(nodes, this.roles)
    // What begins as a graph of the model did, and was cut, is one too.
    const graph = { ...found, isModel: found.isModel || this.firsts.has(first) }
    if (graph.isModel) this.firsts.add(first)
    if (this.firsts.size > 1000) this.firsts.clear()
    const at = this.placed(graph, nodes)
    this.prepare?.(nodes)
    for (const node of nodes) {
      const { kind, weights, durationNs } = node
      if (kind === 'matmul' && weights !== '' && (this.weightNs.size < 100 || this.weightNs.has(weights))) this.weightNs.set(weights, (this.weightNs.get(weights) ?? 0) + durationNs)
      node.phase = at.phase
      node.step = at.step
      node.request = at.request
      if (!graph.isModel) node.rules = this.rules.withoutGraph(node.rules)
      this.drafts.add(node, node.place)
    }
  }

  /** Where the ops of a graph belong of which the log has only counts, so long in all. */
  counted(graph: Pick<Graph, 'tokens' | 'batch' | 'cached' | 'hasHead' | 'isModel'>): Pick<OpDraft, 'phase' | 'step' | 'request'> {
    return this.placed({ ...graph, layers: 0, hidden: 0 }, [])
  }

  /** What the ops of graphs that were ended are of; requests of other models than the one that took the longest have none. */
  requests(): (Omit<TraceRequest, 'model'> & { readonly model?: -1 })[] {
    this.end()
    const main = this.main()
    const made = this.made.length === 0 ? [{ prompt: 0, steps: 0, batch: 1, family: main }] : this.made
    return made.map(({ prompt, steps, batch, family }, i) => ({
      id: `request-${i + 1}`,
      arrivalNs: this.drafts.arrivalNs(i),
      promptTokens: prompt,
      outputTokens: steps + (prompt > 0 ? 1 : 0),
      ...(batch > 1 ? { batch } : {}),
      ...(family === main ? {} : { model: -1 as const }),
    }))
  }

  /** How most of the weights are stored, by the time of matmuls; '': not told. */
  weightType(): string {
    let most = ''
    for (const [type, ns] of this.weightNs) if (ns > (this.weightNs.get(most) ?? 0)) most = type
    return most
  }

  /** What is to be said of several models; undefined: there is one. */
  note(): string | undefined {
    if (this.families.length < 2) return undefined
    const sizes = this.families.map(({ layers, hidden }) => `${layers} layer${layers === 1 ? '' : 's'} of ${hidden}`)
    return `graphs of ${sizes.length} models (${sizes.slice(0, 8).join('; ')}): requests of their own, and only those of the one that took the longest have a model`
  }

  private main(): number {
    let main = 0
    for (const [f, { ns }] of this.families.entries()) if (ns > this.families[main]!.ns) main = f
    return main
  }

  private add(node: Node): void {
    this.nodes.push(node)
    if (node.layer > this.deepest) this.deepest = node.layer
    this.hasHead ||= this.roles.of(node.words) === 'head'
  }

  private second(): string | undefined {
    const first = this.nodes[0]?.name
    return this.nodes.find(({ name }) => name !== first)?.name
  }

  private split(at: number): void {
    const rest = this.nodes.splice(at)
    this.end()
    for (const node of rest) this.add(node)
  }

  private placed(graph: Graph, nodes: readonly Node[]): { phase: Phase; step: number; request: number } {
    const family = this.familyOf(graph, nodes)
    const tokens = graph.batch > 1 && graph.tokens % graph.batch === 0 ? graph.tokens / graph.batch : graph.tokens
    if (!graph.isModel) {
      const request = Math.max(0, family.request)
      return { phase: 'other', step: this.made[request]?.steps ?? 0, request }
    }
    if (tokens > 1) {
      const goesOn = family.request >= 0 && this.made[family.request]!.steps === 0 && this.isNextPiece(graph, tokens, family)
      if (!goesOn) this.begin(family, graph.batch)
      this.made[family.request]!.prompt += tokens
    } else if (family.request < 0) this.begin(family, graph.batch)
    const request = this.made[family.request]!
    if (tokens <= 1) request.steps++
    family.last = graph
    this.hasSeenHead ||= graph.hasHead
    return { phase: tokens > 1 ? 'prefill' : 'decode', step: tokens > 1 ? 0 : request.steps, request: family.request }
  }

  /** Whether a prefill goes on with this graph: the piece before was no shorter, had no head, and the cache holds both. */
  private isNextPiece({ cached, batch }: Graph, tokens: number, { last, request }: Family): boolean {
    if (last === undefined || last.hasHead || tokens > last.tokens / batch) return false
    return cached > 0 ? cached >= this.made[request]!.prompt + tokens : this.hasSeenHead
  }

  private begin(family: Family, batch: number): void {
    if (this.made.length < MAX_REQUESTS) this.made.push({ prompt: 0, steps: 0, batch, family: this.families.indexOf(family) })
    family.request = this.made.length - 1
  }

  private familyOf({ hidden, layers, hasHead }: Graph, nodes: readonly Node[]): Family {
    const ns = nodes.reduce((sum, { durationNs }) => sum + durationNs, 0)
    let family = this.families.find((one) => one.hidden === hidden && (one.layers === layers || !hasHead || !one.isWhole || Math.max(one.layers, layers) < 2 * Math.min(one.layers, layers)))
    if (family === undefined && this.families.length < MAX_FAMILIES) this.families.push((family = { hidden, layers, isWhole: hasHead, request: -1, last: undefined, ns: 0 }))
    family ??= this.families[0]!
    family.layers = Math.max(family.layers, layers)
    family.isWhole ||= hasHead
    family.ns += ns
    return family
  }
}

/** The same op with the same output: it is repeated, not one op of several kernels. */
const isSame = (a: Node, b: Node): boolean => a.type === b.type && String(a.dims) === String(b.dims)

function graphOf(nodes: readonly Node[], roles: Roles): Graph {
  const names = new Set<string>()
  let [tokens, batch, cached, layers, hidden, ofNorm] = [0, 1, 0, 0, 0, 0]
  let [hasHead, isModel] = [false, false]
  for (const { name, kind, layer, dims, cached: looksAt, words } of nodes) {
    if (names.size < 3) names.add(name)
    const role = roles.of(words)
    hasHead ||= role === 'head'
    isModel ||= layer >= 0 || role === 'embedding' || role === 'head'
    if (layer >= layers) layers = layer + 1
    if (dims === undefined) continue
    if (looksAt > 0) {
      if (looksAt > cached) cached = looksAt
      if (dims[3] > batch) batch = dims[3]
    } else if (dims[2] === 1 && dims[3] === 1) {
      // Norms of heads have the heads in the place of the tokens.
      const isNorm = kind === 'norm' && /^(attn|ffn|result|post|input)\w*norm/.test(name)
      if ((kind === 'matmul' && role !== undefined) || role === 'embedding') {
        if (dims[1] > tokens) tokens = dims[1]
        if (hidden === 0 && (role === 'o' || role === 'down')) hidden = dims[0]
      } else if (isNorm && ofNorm === 0) {
        ofNorm = dims[1]
        hidden ||= dims[0]
      }
    }
  }
  return { tokens: tokens || ofNorm || Math.max(1, nodes[0]!.dims?.[1] ?? 1), batch, cached, layers, hidden, hasHead, isModel: isModel && names.size > 1 }
}
