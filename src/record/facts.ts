import type { Architecture } from '../model/architecture.js'
import { GRAPH_SCHEMA, type GraphFacts, type GraphNode } from '../trace/graph-facts.js'
import type { Provenance, TraceTensor } from '../trace/trace.js'
import type { DataType, OpKind } from '../trace/words.js'
import { weightBytes } from './fill.js'
import type { Graph, Node, Weight } from './graph.js'

const kinds: Readonly<Record<string, OpKind>> = {
  GatherBlockQuantized: 'embedding',
  SimplifiedLayerNormalization: 'norm',
  SkipSimplifiedLayerNormalization: 'norm',
  MatMulNBits: 'matmul',
  GroupQueryAttention: 'attention',
  Sigmoid: 'activation',
  Mul: 'elementwise',
  Gather: 'copy',
}

/** What the graph knows and a profile does not say: above all the weights that each node reads (packed values, scales
 *  and biases; a profile shows only the scales). A weight that two nodes share is one tensor, on the layer of the
 *  first. A lookup reads a row of its table a token: its `weightBytes` are those of one row. Rotary tables are computed,
 *  not weights, and are left out. */
export function graphFacts(
  a: Architecture,
  graph: Graph,
  run: { readonly promptTokens: number; readonly outputTokens: number; readonly device: string; readonly provenance: Provenance },
): GraphFacts {
  const weights = new Map(graph.weights.map((weight) => [weight.name, weight]))
  const tensors: TraceTensor[] = []
  const tensorOf = new Map<string, number>()
  const nodes: Record<string, GraphNode> = {}
  for (const node of graph.nodes) {
    const read = node.inputs.flatMap((name) => weights.get(name) ?? []).filter(isLearnt)
    const bytes = read.reduce((sum, weight) => sum + weightBytes(weight), 0)
    const layer = layerOf(node.name)
    let tensor: number | undefined
    if (read.length > 0) {
      const owner = pathOf(read[0]!.sameBytesAs ?? read[0]!.name)
      tensor = tensorOf.get(owner)
      if (tensor === undefined) {
        tensorOf.set(owner, (tensor = tensors.length))
        const name = `${owner.slice(1).replaceAll('/', '.')}.weight`
        tensors.push({ name, model: 0, role: 'weight', layer: restoreLayer(node, layer, a), bytes })
      }
    }
    nodes[node.name] = {
      kind: (Object.hasOwn(kinds, node.type) ? kinds[node.type] : undefined) ?? 'other',
      dataType: dataTypeOf(node),
      ...(layer === undefined ? {} : { layer }),
      ...(tensor === undefined ? {} : { tensor, weightBytes: node.type === 'GatherBlockQuantized' ? bytes / a.vocab : bytes }),
      ...(node.type === 'MatMulNBits' ? { n: attribute(node, 'N'), k: attribute(node, 'K') } : {}),
    }
  }
  const model = {
    id: a.id,
    layers: a.layers,
    weightBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    quant: 'w4',
    hidden: a.hidden,
    vocab: a.vocab,
    kvBytesPerToken: 2 * a.kvHeads * a.headDim * a.layers * 4, // the runtime's cache on CPU is f32
  }
  const { promptTokens, outputTokens, device, provenance } = run
  const requests = [{ id: 'r0', model: 0, arrivalNs: 0, promptTokens, outputTokens }]
  return { schema: GRAPH_SCHEMA, device, models: [model], tensors, requests, nodes, provenance }
}

const isLearnt = (weight: Weight): boolean => weight.fill.kind === 'packed-int4' || weight.fill.kind === 'uniform'
const pathOf = (weightName: string): string => weightName.slice(0, weightName.lastIndexOf('.'))

function layerOf(nodeName: string): number | undefined {
  const digits = /^\/model\/layers\.(\d+)\//.exec(nodeName)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The place in the order of restoring: the embedding first, the final norm and the head last. */
function restoreLayer(node: Node, layer: number | undefined, a: Architecture): number {
  if (layer !== undefined) return layer
  return node.type === 'GatherBlockQuantized' ? -1 : a.layers
}

function dataTypeOf(node: Node): DataType {
  return node.type === 'MatMulNBits' || node.type === 'GatherBlockQuantized' ? 'int4' : 'f32'
}

function attribute(node: Node, name: string): number {
  const value = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined
  return typeof value === 'number' ? value : 0
}
