import type { Architecture } from '../model/architecture.js'
import { modelHeader, weightTensors } from '../trace/model-header.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import { kindIndex, movesNothing, opKinds, phaseIndex, processorIndex } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { nameFromSource, type ImportTools } from './format.js'
import type { DeviceEvents, Understood } from './device-events.js'
import { BY_CONTAINMENT, BY_EXTERNAL_ID, COST_BY_DIMS, OWN_TIME, opRow } from './kineto-rows.js'
import * as guess from './kineto-rules.js'
import { CPU_OP, KERNEL, MEMCPY } from './kineto-what.js'
import { unitOf } from './model-fill.js'
import type { PassLayers } from './pass-layers.js'
import { modelOfOps } from './profile-model.js'
import { placeRuns, requestsOf } from './runs.js'
import { Lanes, StepOrder } from './step-order.js'
import { kernelFunction } from './torch-kinds.js'

/** Writes device work or CPU operators as ops, in order of start. */
export function writeDeviceOps(
  events: DeviceEvents,
  ops: Spool,
  understood: Understood,
  source: Source,
  into: TraceWriter,
  tools: ImportTools,
  recorder: { readonly tool: string; readonly format: string },
): HeaderFacts {
  const { passes, runs, survey } = understood
  const { overlaps } = survey
  const placement = placeRuns(runs, source.name, 'by rows')
  const order = new StepOrder(into, placement)
  const lanes = new Lanes(source.name)
  const found = tools.graph === undefined ? modelOfOps(events, ops, understood, tools) : undefined
  const costRule = events.shapedByStructure > 0 ? 'execution-trace' : 'input-dims'
  const rules = guess.ruleSets(into, { pass: passes.rule, cost: costRule, model: found?.match.rule ?? '' })
  const arrivals: number[] = []
  const strings: number[] = [] // by name id: as itself
  const functions: number[] = [] // by name id: as a kernel's function
  let [lane, laneDevice, laneStream] = [-1, NaN, NaN] // the latest: most ops are on the lane of the one before
  const sorted = ops.sorted()
  let originNs = NaN
  const deviceProcessor = events.isAccelerator === true ? processorIndex.npu : processorIndex.gpu
  const { op } = into
  while (sorted.next()) {
    const { data, at } = sorted
    const startsNs = data[at + opRow.startNs]!
    if (Number.isNaN(originNs)) originNs = startsNs
    const startNs = startsNs - originNs
    const recordedNs = data[at + opRow.durationNs]!
    const what = data[at + opRow.what]!
    const name = data[at + opRow.name]!
    const type = data[at + opRow.type]!
    const how = data[at + opRow.how]!
    const durationNs = what === CPU_OP ? recordedNs : overlaps.durationNs(data[at + opRow.seq]!, recordedNs)
    const atNs = data[at + opRow.atNs]!
    const said = passes.at(atNs)
    const run = order.clamped(said)
    const device = data[at + opRow.device]!
    const stream = data[at + opRow.stream]!
    if (device !== laneDevice || stream !== laneStream) {
      lane = lanes.of(what === CPU_OP ? events.threadName(stream) : events.streamName(device, stream))
      laneDevice = device
      laneStream = stream
    }
    const i = into.push()
    const request = placement.request[run]!
    arrivals[request] ??= startNs
    let kind: number = kindIndex.copy
    let dataType = data[at + opRow.dataType]!
    let guessed = dataType === 0 ? 0 : guess.TYPE_BY_INPUTS
    if (what === CPU_OP) {
      const isOwn = (how & OWN_TIME) !== 0
      kind = isOwn ? kindIndex.dispatch : events.operator(name).kind
      guessed |= isOwn ? guess.OWN : guess.KIND_BY_OP
    } else if (what === KERNEL) {
      const kernel = events.kernel(name)
      const operatorKind = type < 0 ? 0 : events.operator(type).kind
      // A kernel works, whatever the operator around its launch does.
      const isByKernel = operatorKind === 0 || movesNothing(operatorKind) || ((how & COST_BY_DIMS) === 0 && kernel.kind !== 0)
      kind = isByKernel ? kernel.kind : operatorKind
      guessed |= isByKernel ? guess.KIND_BY_KERNEL : guess.KIND_BY_OP
      if (dataType === 0 && kernel.dataType !== 0) {
        dataType = kernel.dataType
        guessed |= kernel.isTypeInTemplate ? guess.TYPE_BY_TEMPLATE : guess.TYPE_BY_KERNEL
      }
    }
    if (durationNs !== recordedNs) guessed |= guess.CLIPPED
    op.kind[i] = kind
    const isAhead = passes.isAhead(atNs)
    op.phase[i] = isAhead ? phaseIndex.other : placement.phase[run]!
    op.dataType[i] = dataType
    op.processor[i] = what === CPU_OP ? processorIndex.cpu : deviceProcessor
    op.lane[i] = lane
    op.request[i] = request
    op.step[i] = placement.step[run]!
    if (type >= 0) op.type[i] = strings[type] ??= into.intern(events.names.text(type))
    else if (what !== KERNEL) op.type[i] = into.intern(what === MEMCPY ? 'gpu_memcpy' : 'gpu_memset')
    else op.type[i] = functions[name] ??= into.intern(kernelFunction(events.names.text(name)))
    op.name[i] = strings[name] ??= into.intern(events.names.text(name))
    op.m[i] = data[at + opRow.m]!
    op.n[i] = data[at + opRow.n]!
    op.k[i] = data[at + opRow.k]!
    op.startNs[i] = startNs
    op.durationNs[i] = durationNs
    op.flops[i] = data[at + opRow.flops]!
    op.bytes[i] = data[at + opRow.bytes]!
    if (found?.layers !== undefined) guessed |= placeInModel(op, i, run, found.match.model, found.layers)
    if (order.pushed(run, lane, startNs, startNs + durationNs)) guessed |= guess.AFTER
    if (what !== CPU_OP)
      guessed |= (how & BY_EXTERNAL_ID) !== 0 ? guess.TYPE_EXTERNAL : (how & BY_CONTAINMENT) !== 0 ? guess.TYPE_CONTAINED : guess.TYPE_OWN
    if ((how & COST_BY_DIMS) !== 0) guessed |= op.m[i]! > 0 ? guess.COST | guess.MNK : guess.COST
    if (passes.length > 0 && !passes.holds(said, atNs)) guessed |= guess.BETWEEN
    if (isAhead) guessed |= guess.AHEAD
    if (run !== said) guessed |= guess.CLAMPED
    op.rules[i] = rules(guessed)
  }
  const isDevice = events.gpu.length > 0
  if (overlaps.clipped > 0) events.skipped.count('end of device work that overlapped the next one of its stream by half or more: clipped', overlaps.clipped)
  const deviceWord = events.isAccelerator === true ? 'accelerator' : 'GPU'
  const note = noteOf(understood, lanes.names.length, isDevice ? deviceWord : undefined)
  return {
    name: tools.name ?? nameFromSource(source.name),
    device: tools.graph?.device ?? (events.deviceName !== '' ? events.deviceName : isDevice ? `unknown ${deviceWord}` : 'unknown CPU'),
    provenance: tools.graph?.provenance ?? { how: 'imported', ...recorder, ...(note === '' ? {} : { note }) },
    lanes: lanes.names,
    models: tools.graph?.models ?? (found === undefined ? [] : [modelHeader(found.match.model, found.match.quant)]),
    tensors: tools.graph?.tensors ?? (found === undefined ? [] : weightTensors(found.match.model, found.match.quant)),
    requests: requestsOf(placement, arrivals, found !== undefined || tools.graph?.models.length === 1 ? 0 : -1),
    dependencies: 'program-order',
    skipped: events.leftOut(isDevice).record(),
  }
}

/** Gives an op its layer and the weight that it reads; returns what was guessed. */
function placeInModel(op: TraceWriter['op'], i: number, run: number, model: Architecture, layers: PassLayers): number {
  const kind = op.kind[i]!
  const [n, k] = kind === kindIndex.matmul ? [op.n[i]!, op.k[i]!] : [0, 0]
  const layer = layers.of(run, n, k)
  const role = n === model.vocab && k === model.hidden ? 'head' : undefined
  const hasWeight = (kind === kindIndex.matmul && n > 0) || kind === kindIndex.norm || kind === kindIndex.embedding
  op.layer[i] = layer
  op.tensor[i] = hasWeight ? unitOf(layer, opKinds[kind]!, role, model) : -1
  return (layer >= 0 ? guess.LAYER : 0) | (op.tensor[i]! >= 0 ? guess.TENSOR : 0)
}

/** What a reader of the trace has to know of how it ran. */
function noteOf({ devices, runs, survey, recordings }: Understood, lanes: number, device: string | undefined): string {
  const { kept } = survey.overlaps
  const said = [
    lanes < 2 ? '' : device !== undefined ? `${devices} ${device}${devices === 1 ? '' : 's'}, ${lanes} streams` : `${lanes} threads`,
    recordings < 2 ? '' : `${recordings} recordings, one behind the other`,
    runs.mixed === 0 ? '' : `${runs.mixed === 1 ? 'a batch' : `${runs.mixed} batches`} of prompts and of sequences that generate, told as prefill`,
    kept === 0 ? '' : `${kept} × device work that began shortly before the end of the one before on its stream (dependent launches)`,
  ]
  return said.filter((part) => part !== '').join('; ')
}
