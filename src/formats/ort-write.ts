import type { GraphNode } from '../trace/graph-facts.js'
import type { Source } from '../trace/source.js'
import type { TraceModel, TraceTensor } from '../trace/trace.js'
import { dataTypeIndex, dataTypes, kindIndex, processorIndex } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { nameFromSource, type ImportTools } from './format.js'
import { kindOfOrtType, layerOfName, processorOfProvider } from './ort-kinds.js'
import { ofFilledCache } from './ort-attention.js'
import { HAS_SHAPES, HAS_SIZES, IS_CALLER, IS_FURTHER, IS_INNER, ortRow, type OrtReading } from './ort-rows.js'
import { OrtRuns, ortRequests } from './ort-runs.js'
import { ruleSets } from './ort-rules.js'
import { Lanes, StepOrder } from './step-order.js'

/** What is known by node name, once a name. */
interface NamedNode {
  readonly string: number
  readonly graph: GraphNode | undefined
  readonly layer: number
  tensor: number
}

/** Writes the nodes of a profile as ops, in order of start. */
export function writeOrt(reading: OrtReading, source: Source, into: TraceWriter, tools: ImportTools): HeaderFacts {
  const { names, skipped } = reading
  const { graph } = tools
  const runs = new OrtRuns(source.name)
  const finder = runFinder(reading)
  const rowsOf = reading.nodes.sorted()
  while (rowsOf.next()) {
    const { data, at } = rowsOf
    runs.note(finder.runOf(data, at), data[at + ortRow.rows]!, data[at + ortRow.batch]!, data[at + ortRow.session]!)
  }
  const isDecoder = graph !== undefined || reading.isDecoder
  const placement = runs.placed(isDecoder, graph?.requests)
  const order = new StepOrder(into, placement)
  const lanes = new Lanes(source.name)
  const rules = ruleSets(into, graph !== undefined, isDecoder, finder.rule)
  const graphNodes = new Map(Object.entries(graph?.nodes ?? {}))
  const nodes: NamedNode[] = []
  const tensors: TraceTensor[] = [...(graph?.tensors ?? [])]
  const arrivals: number[] = []
  const providers = new Set<number>()
  const headTensors: number[] = [] // outside the layers, and no embedding: restored after them
  const types: { string: number; kind: number; isNBits: boolean }[] = []
  let layers = 0
  let originNs = NaN
  const again = runFinder(reading)
  const sorted = reading.nodes.sorted()
  const { op } = into
  while (sorted.next()) {
    const { data, at } = sorted
    const name = data[at + ortRow.name]!
    const typeId = data[at + ortRow.type]!
    const provider = data[at + ortRow.provider]!
    const facts = data[at + ortRow.facts]!
    const startsNs = data[at + ortRow.startNs]!
    if (Number.isNaN(originNs)) originNs = startsNs
    const startNs = startsNs - originNs
    const durationNs = data[at + ortRow.durationNs]!
    const run = order.clamped(again.runOf(data, at))
    const i = into.push()
    const type = (types[typeId + 1] ??= typeFacts(typeId < 0 ? '' : names.text(typeId), into))
    const node = (nodes[name] ??= nodeFacts(names.text(name), into, graphNodes))
    const { graph: known } = node
    if (node.layer >= layers) layers = node.layer + 1
    const isCaller = (facts & IS_CALLER) !== 0
    const isCostless = isCaller || (facts & IS_FURTHER) !== 0
    const parameterBytes = isCostless ? 0 : data[at + ortRow.parameterBytes]!
    const hiddenBytes = isCostless ? 0 : data[at + ortRow.hiddenWeightBytes]!
    const weightBytes = known?.weightBytes ?? parameterBytes + hiddenBytes
    if (node.tensor < 0 && graph === undefined && parameterBytes > 0) {
      node.tensor = tensors.length
      if (node.layer < 0 && type.kind !== kindIndex.embedding) headTensors.push(node.tensor)
      tensors.push({ name: names.text(name), model: 0, role: 'weight', layer: node.layer, bytes: weightBytes })
    }
    const lane = lanes.of(data[at + ortRow.thread]! < 0 ? 'thread' : `thread ${names.text(data[at + ortRow.thread]!)}`)
    const placed = provider < 0 ? -1 : processorOfProvider(names.text(provider))
    const m = isCostless ? 0 : data[at + ortRow.m]!
    const request = placement.request[run]!
    arrivals[request] ??= startNs
    providers.add(provider)
    op.kind[i] = isCaller ? kindIndex.dispatch : known?.kind === undefined ? type.kind : kindIndex[known.kind]
    op.phase[i] = placement.phase[run]!
    op.dataType[i] = data[at + ortRow.dataType]!
    op.processor[i] = placed < 0 ? processorIndex.cpu : placed
    op.lane[i] = lane
    op.request[i] = request
    op.step[i] = placement.step[run]!
    op.layer[i] = node.layer
    op.type[i] = type.string
    op.name[i] = node.string
    op.tensor[i] = node.tensor
    op.m[i] = m
    op.n[i] = m === 0 ? 0 : data[at + ortRow.n]!
    op.k[i] = m === 0 ? 0 : data[at + ortRow.k]!
    op.startNs[i] = startNs
    op.durationNs[i] = durationNs
    op.flops[i] = isCostless ? 0 : data[at + ortRow.flops]!
    op.bytes[i] = isCostless
      ? 0
      : Math.ceil(data[at + ortRow.bytes]! + ((facts & HAS_SIZES) !== 0 ? weightBytes : (known?.weightBytes ?? hiddenBytes)))
    const slots = data[at + ortRow.cacheSlots]!
    if (slots > 0 && !isCostless && placement.promptTokens[request]! > 0) {
      // What the requests have read and made by then fills the buffer.
      const context = placement.promptTokens[request]! + placement.step[run]!
      const filled = ofFilledCache(slots, data[at + ortRow.cacheBytes]!, op.flops[i]!, op.bytes[i]!, context, Math.abs(data[at + ortRow.rows]!))
      op.flops[i] = filled.flops
      op.bytes[i] = filled.bytes
    }
    const waits = order.pushed(run, lane, startNs, startNs + durationNs)
    op.rules[i] = rules(
      (known === undefined ? 1 : 0) |
        (placed < 0 ? 2 : 0) |
        (node.tensor >= 0 && known?.tensor === undefined ? 4 : 0) |
        ((facts & HAS_SHAPES) !== 0 ? 8 : 0) |
        (m > 0 ? 16 : 0) |
        ((facts & HAS_SIZES) !== 0 ? 0 : 32) |
        (hiddenBytes > 0 && known?.weightBytes === undefined ? 64 : 0) |
        (waits ? 128 : 0) |
        (type.isNBits && known?.dataType === undefined ? 256 : 0) |
        (known !== undefined && known.n === undefined && m > 0 ? 512 : 0) |
        (isCaller ? 1024 : 0) |
        (slots > 0 ? 2048 : 0),
    )
  }
  for (const tensor of headTensors) tensors[tensor] = { ...tensors[tensor]!, layer: layers }
  const providerWords = [...providers]
    .filter((id) => id >= 0)
    .map((id) => names.text(id))
    .sort()
  return {
    name: tools.name ?? nameFromSource(source.name),
    device: graph?.device ?? (providerWords.length === 0 ? 'unknown (ONNX Runtime)' : `unknown (${providerWords.join(', ')})`),
    provenance: graph?.provenance ?? { how: 'imported', tool: 'ONNX Runtime profiler', format: 'ort-profile' },
    lanes: lanes.names,
    // Without one weight there is no model to tell of.
    models: graph?.models ?? (tensors.length === 0 ? [] : [inferredModel(reading, layers, tensors)]),
    tensors,
    requests: graph !== undefined && graph.requests.length > 0 ? graph.requests : ortRequests(placement, arrivals, graph === undefined && tensors.length === 0 ? -1 : 0),
    dependencies: 'program-order',
    skipped: skipped.record(),
  }
}

function inferredModel(reading: OrtReading, layers: number, tensors: readonly TraceTensor[]): TraceModel {
  const sorted = reading.nodes.sorted()
  const count = new Map<number, number>()
  while (sorted.next()) {
    const type = sorted.data[sorted.at + ortRow.dataType]!
    if (sorted.data[sorted.at + ortRow.m]! > 0) count.set(type, (count.get(type) ?? 0) + 1)
  }
  const most = [...count].sort(([a, x], [b, y]) => y - x || a - b)[0]?.[0] ?? dataTypeIndex.unknown
  return { id: 'model', layers, weightBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0), quant: dataTypes[most]! }
}

function typeFacts(text: string, into: TraceWriter): { string: number; kind: number; isNBits: boolean } {
  return { string: into.intern(text), kind: kindOfOrtType(text), isNBits: text === 'MatMulNBits' }
}

function nodeFacts(text: string, into: TraceWriter, graph: ReadonlyMap<string, GraphNode>): NamedNode {
  const known = graph.get(text)
  return {
    string: into.intern(text),
    graph: known,
    layer: known === undefined ? layerOfName(text) : (known.layer ?? -1),
    tensor: known?.tensor ?? -1,
  }
}

/** Numbers the runs of nodes given in order of start: by `model_run` windows, else a run begins when a node of the
 *  current one comes again. */
function runFinder(reading: OrtReading): { rule: string; runOf(data: Float64Array, at: number): number } {
  let run = -1
  if (reading.modelRuns.length > 0) {
    const windows = [...reading.modelRuns].sort((a, b) => a.startNs - b.startNs || a.endNs - b.endNs)
    let next = 0 // windows that began before this node
    let window = -1
    return {
      rule: 'ort-model-run',
      runOf(data, at) {
        const startNs = data[at + ortRow.startNs]!
        while (next < windows.length && windows[next]!.startNs <= startNs) next++
        const inside = next > 0 && startNs <= windows[next - 1]!.endNs ? next - 1 : next
        if (inside !== window) run++
        window = inside
        return run
      },
    }
  }
  const seenIn = new Map<number, number>()
  let session = 0
  return {
    rule: 'ort-node-repeats',
    runOf(data, at) {
      const index = data[at + ortRow.nodeIndex]!
      const key = reading.names.text(data[at + ortRow.name]!) === '' ? -1 - index : data[at + ortRow.name]! + 1
      const isFurther = (data[at + ortRow.facts]! & (IS_FURTHER | IS_INNER)) !== 0
      if (run < 0 || data[at + ortRow.session]! !== session || (key !== 0 && !isFurther && seenIn.get(key) === run)) run++
      session = data[at + ortRow.session]!
      if (isFurther) return run
      seenIn.set(key, run)
      return run
    },
  }
}
