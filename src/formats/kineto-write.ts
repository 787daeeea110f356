import type { Architecture } from '../model/architecture.js'
import { modelHeader, weightTensors } from '../trace/model-header.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import type { RuleSet } from '../trace/trace.js'
import { kindIndex, opKinds, processorIndex } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import type { Passes } from './annotations.js'
import { nameFromSource, type ImportTools } from './format.js'
import type { DeviceEvents } from './device-events.js'
import { BY_CONTAINMENT, BY_EXTERNAL_ID, COST_BY_DIMS, opRow } from './kineto-rows.js'
import { CPU_OP, KERNEL, MEMCPY } from './kineto-what.js'
import { unitOf } from './model-fill.js'
import type { PassLayers } from './pass-layers.js'
import { modelOfOps } from './profile-model.js'
import { placeRuns, requestsOf, type Runs } from './runs.js'
import { Lanes, StepOrder } from './step-order.js'
import { kernelFunction } from './torch-kinds.js'

/** Writes device work or CPU operators as ops, in order of start. */
export function writeDeviceOps(
  events: DeviceEvents,
  ops: Spool,
  { passes, runs }: { passes: Passes; runs: Runs },
  source: Source,
  into: TraceWriter,
  tools: ImportTools,
  recorder: { readonly tool: string; readonly format: string },
): HeaderFacts {
  const placement = placeRuns(runs, source.name, 'by rows')
  const order = new StepOrder(into, placement)
  const lanes = new Lanes(source.name)
  const found = tools.graph === undefined ? modelOfOps(events, ops, passes, tools) : undefined
  const costRule = events.shapedByStructure > 0 ? 'execution-trace' : 'input-dims'
  const rules = ruleSets(into, { pass: passes.rule, cost: costRule, model: found?.match.rule ?? '' })
  const arrivals: number[] = []
  const strings: number[] = [] // by name id: as itself
  const functions: number[] = [] // by name id: as a kernel's function
  let [lane, laneDevice, laneStream] = [-1, NaN, NaN] // the latest: most ops are on the lane of the one before
  const sorted = ops.sorted()
  let originNs = NaN
  const { op } = into
  while (sorted.next()) {
    const { data, at } = sorted
    const startsNs = data[at + opRow.startNs]!
    if (Number.isNaN(originNs)) originNs = startsNs
    const startNs = startsNs - originNs
    const durationNs = data[at + opRow.durationNs]!
    const what = data[at + opRow.what]!
    const name = data[at + opRow.name]!
    const type = data[at + opRow.type]!
    const how = data[at + opRow.how]!
    const atNs = data[at + opRow.atNs]!
    const said = passes.at(atNs)
    const run = order.clamped(said)
    const device = data[at + opRow.device]!
    const stream = data[at + opRow.stream]!
    if (device !== laneDevice || stream !== laneStream) {
      lane = lanes.of(what === CPU_OP ? events.threadName(stream) : `${device}/${stream}`)
      laneDevice = device
      laneStream = stream
    }
    const i = into.push()
    const request = placement.request[run]!
    arrivals[request] ??= startNs
    let kind: number = kindIndex.copy
    let dataType = data[at + opRow.dataType]!
    let guessed = 0
    if (what === CPU_OP) {
      kind = events.operator(name).kind
      guessed |= KIND_BY_OP
    } else if (what === KERNEL) {
      const kernel = events.kernel(name)
      const operatorKind = type < 0 ? 0 : events.operator(type).kind
      const isByKernel = operatorKind === 0 || ((how & COST_BY_DIMS) === 0 && kernel.kind !== 0)
      kind = isByKernel ? kernel.kind : operatorKind
      guessed |= isByKernel ? KIND_BY_KERNEL : KIND_BY_OP
      if (dataType === 0 && kernel.dataType !== 0) {
        dataType = kernel.dataType
        guessed |= TYPE_BY_KERNEL
      }
    }
    op.kind[i] = kind
    op.phase[i] = placement.phase[run]!
    op.dataType[i] = dataType
    op.processor[i] = what === CPU_OP ? processorIndex.cpu : processorIndex.gpu
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
    if (order.pushed(run, lane, startNs, startNs + durationNs)) guessed |= AFTER
    if (what !== CPU_OP)
      guessed |= (how & BY_EXTERNAL_ID) !== 0 ? TYPE_EXTERNAL : (how & BY_CONTAINMENT) !== 0 ? TYPE_CONTAINED : TYPE_OWN
    if ((how & COST_BY_DIMS) !== 0) guessed |= op.m[i]! > 0 ? COST | MNK : COST
    if (passes.length > 0 && !passes.holds(said, atNs)) guessed |= BETWEEN
    if (run !== said) guessed |= CLAMPED
    op.rules[i] = rules(guessed)
  }
  const isDevice = events.gpu.length > 0
  return {
    name: tools.name ?? nameFromSource(source.name),
    device: tools.graph?.device ?? (events.deviceName !== '' ? events.deviceName : isDevice ? 'unknown GPU' : 'unknown CPU'),
    provenance: tools.graph?.provenance ?? { how: 'imported', ...recorder },
    lanes: lanes.names,
    models: tools.graph?.models ?? (found === undefined ? [] : [modelHeader(found.match.model, found.match.quant)]),
    tensors: tools.graph?.tensors ?? (found === undefined ? [] : weightTensors(found.match.model, found.match.quant)),
    requests: requestsOf(placement, arrivals, found !== undefined || tools.graph?.models.length === 1 ? 0 : -1),
    dependencies: 'program-order',
    skipped: events.leftOut(isDevice ? ['kernel', 'gpu_memcpy', 'gpu_memset'] : ['cpu_op']).record(),
  }
}

const KIND_BY_OP = 1
const KIND_BY_KERNEL = 2
const TYPE_BY_KERNEL = 4
const TYPE_EXTERNAL = 8
const TYPE_CONTAINED = 16
const TYPE_OWN = 32
const COST = 64
const MNK = 128
const BETWEEN = 256
const CLAMPED = 512
const AFTER = 1024
const LAYER = 2048
const TENSOR = 4096

/** Gives an op its layer and the weight that it reads; returns what was guessed. */
function placeInModel(op: TraceWriter['op'], i: number, run: number, model: Architecture, layers: PassLayers): number {
  const kind = op.kind[i]!
  const [n, k] = kind === kindIndex.matmul ? [op.n[i]!, op.k[i]!] : [0, 0]
  const layer = layers.of(run, n, k)
  const role = n === model.vocab && k === model.hidden ? 'head' : undefined
  const hasWeight = (kind === kindIndex.matmul && n > 0) || kind === kindIndex.norm || kind === kindIndex.embedding
  op.layer[i] = layer
  op.tensor[i] = hasWeight ? unitOf(layer, opKinds[kind]!, role, model) : -1
  return (layer >= 0 ? LAYER : 0) | (op.tensor[i]! >= 0 ? TENSOR : 0)
}

/** Rules that depend on the file. */
interface FileRules {
  readonly pass: string
  readonly cost: string
  readonly model: string
}

function ruleSets(into: TraceWriter, of: FileRules): (guessed: number) => number {
  const made: number[] = []
  return (guessed) => (made[guessed] ??= into.ruleSet(rulesOf(guessed, of)))
}

function rulesOf(guessed: number, { pass: passRule, cost: costRule, model }: FileRules): RuleSet {
  const has = (bit: number) => (guessed & bit) !== 0
  const pass = has(CLAMPED) ? 'step-had-begun' : has(BETWEEN) ? 'between-passes' : passRule
  const rules: Record<string, string> = { phase: pass, step: pass, request: pass }
  if (has(KIND_BY_OP)) rules['kind'] = 'operator-name'
  if (has(KIND_BY_KERNEL)) rules['kind'] = 'kernel-name'
  if (has(TYPE_BY_KERNEL)) rules['dataType'] = 'kernel-name'
  if (has(TYPE_EXTERNAL)) rules['type'] = 'external-id'
  if (has(TYPE_CONTAINED)) rules['type'] = 'launch-containment'
  if (has(TYPE_OWN)) rules['type'] = 'kernel-name'
  if (has(COST)) Object.assign(rules, { flops: costRule, bytes: costRule })
  if (has(MNK)) Object.assign(rules, { m: costRule, n: costRule, k: costRule })
  if (has(AFTER)) rules['after'] = 'passes-in-order'
  if (has(LAYER)) rules['layer'] = 'matmul-order'
  if (has(TENSOR)) rules['tensor'] = model
  return rules
}
