import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { OpKind, ProcessorName } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { costOfNode, kindOfNode, type NodeCost, type NodeTensors } from './node-cost.js'

/** A node of either form. */
export interface ChakraNode {
  readonly id: number
  readonly name: string
  /** NodeType: 1 metadata, 2 memory load, 3 memory store, 4 compute, 5 send, 6 receive, 7 collective. */
  readonly type: number
  readonly deps: readonly number[]
  readonly startUs: number
  readonly durationUs: number
  readonly isCpu: boolean
  readonly inputs?: NodeTensors
  readonly outputs?: NodeTensors
}

/** A node with what its name and tensors said: their texts are not kept. */
interface KnownNode extends Omit<ChakraNode, 'inputs' | 'outputs'> {
  readonly kind: OpKind
  readonly cost: Omit<NodeCost, 'isOnGpu'> | undefined
}

const MAX_NODES = 4_000_000
const METADATA = 1

/** Nodes of a file, in its order; written as ops that wait for each other as the graph says. Without start times each
 *  starts when its dependencies and the op before it on its processor have ended (rule `dependency-order`). */
export class ChakraGraph {
  readonly skipped = new Skipped()
  private readonly nodes: KnownNode[] = []
  private readonly indexOf = new Map<number, number>()

  constructor(
    private readonly source: Source,
    private readonly format: string,
  ) {}

  add(node: ChakraNode, byteOffset: number): void {
    if (node.type === METADATA) return this.skipped.count('metadata node')
    if (this.nodes.length === MAX_NODES) throw new BadInput({ file: this.source.name, byteOffset }, `at most ${MAX_NODES} nodes`, 'more of them')
    if (this.indexOf.has(node.id)) throw new BadInput({ file: this.source.name, byteOffset, field: 'id' }, 'different ids', node.id)
    this.indexOf.set(node.id, this.nodes.length)
    this.nodes.push(known(node))
  }

  async write(into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
    const { nodes, source, skipped } = this
    const drafts = new OpDrafts(source, into, tools)
    const hasStarts = nodes.some(({ startUs }) => startUs > 0)
    const freeUs: Record<ProcessorName, number> = { cpu: 0, npu: 0, gpu: 0 }
    const endUs = new Float64Array(nodes.length)
    const draftOf = new Int32Array(nodes.length).fill(-1)
    try {
      for (const i of hasStarts ? nodes.keys() : this.order()) {
        const node = nodes[i]!
        const processor: ProcessorName = node.isCpu ? 'cpu' : 'gpu'
        const known = node.deps.flatMap((id) => this.indexOf.get(id) ?? [])
        if (known.length < node.deps.length) skipped.count('dependency on a node that is not there', node.deps.length - known.length)
        const startUs = hasStarts ? node.startUs : Math.max(freeUs[processor], ...known.slice(0, 10_000).map((on) => endUs[on]!))
        endUs[i] = startUs + node.durationUs
        freeUs[processor] = endUs[i]!
        draftOf[i] = drafts.add(
          {
            name: node.name,
            type: typeNames[node.type] ?? `type ${node.type}`,
            kind: node.kind,
            ...node.cost,
            processor,
            lane: processor,
            layer: layerOfOpName(node.name),
            startNs: startUs * 1000,
            durationNs: node.durationUs * 1000,
            rules: rulesOf[(hasStarts ? 1 : 0) + (node.cost?.bytes === undefined ? 0 : 2)]!,
          },
          { file: source.name, byteOffset: 0 },
        )
      }
      for (const [i, { deps }] of nodes.entries())
        for (const id of new Set(deps)) {
          const on = this.indexOf.get(id)
          if (on !== undefined && on !== i) drafts.waits(draftOf[i]!, draftOf[on]!)
        }
      return await drafts.finish({ device: 'unknown (Chakra)', tool: 'MLCommons Chakra', format: this.format, dependencies: 'explicit', skipped })
    } finally {
      drafts.close()
    }
  }

  /** Every node behind those it waits for; of several that could be next, the first of the file. What lies on a circle
   *  comes last, in the file's order, and is counted. */
  private order(): Int32Array {
    const { nodes } = this
    const missing = new Int32Array(nodes.length)
    const waiting = new Map<number, number[]>()
    for (const [i, { deps }] of nodes.entries())
      for (const id of new Set(deps)) {
        const on = this.indexOf.get(id)
        if (on === undefined || on === i) continue
        missing[i]!++
        const list = waiting.get(on)
        if (list === undefined) waiting.set(on, [i])
        else list.push(i)
      }
    const order = new Int32Array(nodes.length)
    let length = 0
    const heap = new IndexHeap(nodes.length)
    for (let i = 0; i < nodes.length; i++) if (missing[i] === 0) heap.push(i)
    for (let next = heap.pop(); next >= 0; next = heap.pop()) {
      order[length++] = next
      for (const after of waiting.get(next) ?? []) if (--missing[after]! === 0) heap.push(after)
    }
    if (length < nodes.length) {
      this.skipped.count('node on a circle of dependencies', nodes.length - length)
      for (let i = 0; i < nodes.length; i++) if (missing[i]! > 0) order[length++] = i
    }
    return order
  }
}

const typeNames: Readonly<Record<number, string>> = { 2: 'memory-load', 3: 'memory-store', 4: 'compute', 5: 'send', 6: 'receive', 7: 'collective' }
const named = { kind: 'node-name', layer: 'node-name' }
const ordered = { ...named, startNs: 'dependency-order' }
const costed = { m: 'shapes', n: 'shapes', k: 'shapes', flops: 'shapes', bytes: 'shapes' }
const rulesOf = [ordered, named, { ...ordered, ...costed }, { ...named, ...costed }]

function known({ inputs, outputs, ...node }: ChakraNode): KnownNode {
  const kind = kindOf(node)
  const found = costOfNode(kind, node.name, inputs, outputs)
  if (found === undefined) return { ...node, kind, cost: undefined }
  const { isOnGpu, ...cost } = found
  // What the host does for tensors of a GPU is to call: the kernels are nodes of their own.
  return node.isCpu && isOnGpu && kind !== 'communication' ? { ...node, kind: 'dispatch', cost: undefined } : { ...node, kind, cost }
}

function kindOf({ type, name, isCpu }: ChakraNode): OpKind {
  if (type >= 5 && type <= 7) return 'communication'
  return type === 2 || type === 3 ? 'copy' : kindOfNode(name, isCpu)
}

/** The least index first. */
class IndexHeap {
  private readonly heap: Int32Array
  private length = 0

  constructor(capacity: number) {
    this.heap = new Int32Array(capacity)
  }

  push(index: number): void {
    const { heap } = this
    let at = this.length++
    for (; at > 0 && heap[(at - 1) >> 1]! > index; at = (at - 1) >> 1) heap[at] = heap[(at - 1) >> 1]!
    heap[at] = index
  }

  /** -1: empty. */
  pop(): number {
    const { heap } = this
    if (this.length === 0) return -1
    const least = heap[0]!
    const last = heap[--this.length]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.length) break
      if (child + 1 < this.length && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= last) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return least
  }
}
