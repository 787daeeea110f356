import { UsageFault } from '../base/errors.js'
import { noHash } from '../base/hash.js'
import { costsOf, type Costs } from '../device/costs.js'
import { defaultChoices } from '../device/choices.js'
import { nominal, type DeviceProfile } from '../device/profile.js'
import type { Architecture } from '../model/architecture.js'
import { operators, type Operator } from '../model/operators.js'
import type { Quantisation } from '../model/quantisation.js'
import { collectTrace } from '../trace/collect.js'
import { modelHeader, weightTensors } from '../trace/model-header.js'
import type { Trace } from '../trace/trace.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { dataTypeIndex, kindIndex, phaseIndex, processorIndex } from '../trace/words.js'

export interface SynthOptions {
  readonly model: Architecture
  readonly quant: Quantisation
  readonly device: DeviceProfile
  readonly promptTokens: number
  /** In the KV cache already, ahead of the prompt. */
  readonly pastTokens?: number
  /** Tokens that come out: the prefill's one and a decode step for each further one. */
  readonly outputTokens: number
  /** The prefill in chunks of this many tokens; undefined: in one pass. */
  readonly chunkTokens?: number
  readonly name?: string
}

/**
 * The trace that arithmetic predicts: operators of a decoder with FLOPs, bytes and shapes, batch 1, one request that
 * arrives at 0; durations by the device's roofline, one after another. Structure is exact, times are a prediction
 * (provenance `synthetic`): a replay predicts them again for its own device.
 */
export function synthesise(options: SynthOptions): Trace {
  const { writer, finish } = collectTrace()
  return finish(synthesiseInto(writer, options))
}

/** The same without a content hash, for a request that is replayed once and forgotten. */
export function synthesiseOnce(options: SynthOptions): Trace {
  const { writer, finish } = collectTrace(noHash())
  return finish(synthesiseInto(writer, options))
}

/** The same op by op into any writer: memory stays flat however long the output is. */
export function synthesiseInto(writer: TraceWriter, options: SynthOptions): HeaderFacts {
  check(options)
  const { model, quant, device, promptTokens, outputTokens } = options
  const costs = costsOf(nominal(device), defaultChoices(device))
  let nowNs = 0
  let before = -1
  const pass = (step: number, tokens: number, past: number, withHead: boolean): void => {
    for (const op of operators(model, quant, tokens, past, withHead)) {
      const i = writer.push()
      const { op: at } = writer
      at.kind[i] = kindIndex[op.kind]
      at.phase[i] = step === 0 ? phaseIndex.prefill : phaseIndex.decode
      at.dataType[i] = dataTypeIndex[op.kind === 'matmul' ? quant.computes : 'f16']
      const onNpu = op.kind === 'matmul' && op.n < costs.sample['npu.headOnCpuFrom'] && op.k < costs.sample['npu.headOnCpuFrom']
      at.processor[i] = onNpu ? processorIndex.npu : processorIndex.cpu
      at.step[i] = step
      at.layer[i] = op.layer
      at.type[i] = writer.intern(op.kind)
      at.name[i] = writer.intern(op.name)
      at.tensor[i] = op.weightBytes > 0 || op.kind === 'embedding' ? op.unit + 1 : -1
      at.m[i] = op.m
      at.n[i] = op.n
      at.k[i] = op.k
      at.startNs[i] = nowNs
      at.durationNs[i] = rooflineNs(op, onNpu, costs)
      at.flops[i] = Math.round(op.flops)
      at.bytes[i] = Math.round(op.bytes)
      if (before >= 0) writer.waitsFor(before)
      before = writer.opCount - 1
      nowNs += at.durationNs[i]!
    }
  }
  const chunk = options.chunkTokens ?? promptTokens
  const already = options.pastTokens ?? 0
  for (let past = 0; past < promptTokens; past += chunk) pass(0, Math.min(chunk, promptTokens - past), already + past, past + chunk >= promptTokens)
  for (let step = 1; step < outputTokens; step++) pass(step, 1, already + promptTokens + step - 1, true)
  return {
    name: options.name ?? synthName(options),
    device: device.id,
    provenance: {
      how: 'synthetic',
      tool: 'worldswitch synth',
      note: 'structure, FLOPs and bytes follow from the model’s configuration; durations are predicted',
    },
    lanes: [''],
    models: [modelHeader(model, quant)],
    tensors: weightTensors(model, quant),
    requests: [{ id: 'r0', model: 0, arrivalNs: 0, promptTokens, outputTokens }],
    dependencies: 'explicit',
    skipped: {},
  }
}

export function synthName({ model, quant, promptTokens, outputTokens, chunkTokens }: SynthOptions): string {
  return `${model.id}-${quant.id}-p${promptTokens}-o${outputTokens}${chunkTokens === undefined ? '' : `-c${chunkTokens}`}`
}

function rooflineNs(op: Operator, onNpu: boolean, costs: Costs): number {
  const rate = onNpu ? costs.npuFlopsPerNs : costs.cpuFlopsPerNs
  const bandwidth = onNpu ? costs.npuBytesPerNs : costs.cpuBytesPerNs
  return Math.max(1, Math.round(Math.max(op.flops / rate, op.bytes / bandwidth)))
}

function check({ promptTokens, outputTokens, chunkTokens, model }: SynthOptions): void {
  const whole = (name: string, value: number, low: number, high: number): void => {
    if (!Number.isInteger(value) || value < low || value > high) throw new UsageFault(`${name}: expected a whole number from ${low} to ${high}, found ${value}`)
  }
  whole('prompt', promptTokens, 1, 1_000_000)
  whole('output', outputTokens, 1, 200_000)
  if (chunkTokens !== undefined) whole('chunk', chunkTokens, 1, promptTokens)
  if (model.layers * (outputTokens + promptTokens / (chunkTokens ?? promptTokens)) * 13 > 200e6)
    throw new UsageFault('that many tokens would be over 200 M operators', 'synthesise a shorter output')
}
