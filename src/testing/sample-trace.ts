import { uniformStream } from '../base/random.js'
import { collectTrace } from '../trace/collect.js'
import type { RuleSet, Trace } from '../trace/trace.js'
import { dataTypeIndex, kindIndex, phaseIndex, processorIndex } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'

export interface SampleOptions {
  readonly ops?: number
  readonly seed?: number
  readonly name?: string
}

/** What no name, type or id may break: markup, SQL, control characters, a lone surrogate, bidirectional text. */
export const hostileTexts = [
  `name'); drop table trace;--`,
  '</script><script>alert(1)</script>',
  'two\nlines\tand a bell\u0007',
  'lone \ud800 surrogate',
  '\u202eevil\u202c',
  '__proto__',
  `"quoted", 'twice' and \\`,
  'größer · 語',
]

/** A small whole trace: several requests on two models, prefill and decode steps over layers, two processors,
 *  dependencies, inferred fields, hostile names. The same options, the same trace. */
export function sampleTrace(options: SampleOptions = {}): Trace {
  const { writer, finish } = collectTrace()
  return finish(fillSample(writer, options))
}

const layers = 4
const opsPerLayer = ['norm', 'matmul', 'attention', 'matmul', 'activation', 'copy'] as const
const requests = 3

/** Writes the sample's ops; the facts still have to be given to `finish`. */
export function fillSample(writer: TraceWriter, options: SampleOptions = {}): HeaderFacts {
  const { ops = 600, seed = 1, name = 'sample' } = options
  const draw = uniformStream(seed, 'sample')
  const whole = (below: number) => Math.floor(draw() * below)
  const ruleSets: RuleSet[] = [{}, { phase: 'sequence-length' }, { phase: 'sequence-length', bytes: 'shape' }]
  const guessed = ruleSets.map((set) => writer.ruleSet(set))
  const types = opsPerLayer.map((kind) => `Sample${kind}`)
  const names = Array.from({ length: layers }, (_, layer) => opsPerLayer.map((kind) => `layers.${layer}.${kind}`)).flat()
  const opsPerStep = layers * opsPerLayer.length
  const opsPerRequest = Math.ceil(ops / requests)
  let nowNs = 0
  for (let at = 0; at < ops; at++) {
    const request = Math.min(requests - 1, Math.floor(at / opsPerRequest))
    const within = at - request * opsPerRequest
    const step = Math.floor(within / opsPerStep)
    const layer = Math.floor((within % opsPerStep) / opsPerLayer.length)
    const kind = opsPerLayer[within % opsPerLayer.length]!
    const isMatmul = kind === 'matmul'
    const i = writer.push()
    const { op } = writer
    op.kind[i] = kindIndex[kind]
    op.phase[i] = step === 0 ? phaseIndex.prefill : phaseIndex.decode
    op.dataType[i] = isMatmul ? dataTypeIndex.int4 : dataTypeIndex.f32
    op.processor[i] = isMatmul ? processorIndex.npu : processorIndex.cpu
    op.lane[i] = isMatmul ? 1 : 0
    op.request[i] = request
    op.step[i] = step
    op.layer[i] = whole(20) === 0 ? -1 : layer
    op.type[i] = writer.intern(types[within % opsPerLayer.length]!)
    op.name[i] = writer.intern(whole(50) === 0 ? hostileTexts[whole(hostileTexts.length)]! : names[within % opsPerStep]!)
    op.tensor[i] = isMatmul ? layer : -1
    if (isMatmul) op.m[i] = op.n[i] = op.k[i] = 64 + whole(4096)
    op.startNs[i] = nowNs
    op.durationNs[i] = 1 + whole(1_000_000)
    op.flops[i] = isMatmul ? whole(2 ** 45) : 0
    op.bytes[i] = whole(2 ** 31)
    op.rules[i] = guessed[whole(guessed.length)]!
    nowNs += whole(3) === 0 ? 0 : op.durationNs[i]!
    if (at > 0 && whole(3) > 0) writer.waitsFor(at - 1)
    if (at > 10 && whole(8) === 0) writer.waitsFor(at - 2 - whole(Math.min(at - 2, 200_000)))
  }
  return {
    name,
    device: `a ${hostileTexts[1]} board`,
    provenance: { how: 'synthetic', tool: 'sample', note: `seed ${seed}` },
    lanes: ['thread 1', hostileTexts[0]!],
    models: [
      { id: 'tiny', layers, weightBytes: 4096, quant: 'w4' },
      { id: hostileTexts[6]!, layers, weightBytes: 8192, quant: 'int8', hidden: 64 },
    ],
    tensors: Array.from({ length: layers }, (_, layer) => ({
      name: `w${layer}`,
      model: 0,
      role: 'weight' as const,
      layer,
      bytes: 1024,
    })),
    requests: Array.from({ length: requests }, (_, r) => ({
      id: r === 1 ? hostileTexts[1]! : `request ${r}`,
      model: r === 2 ? -1 : r,
      arrivalNs: r * 1000,
      promptTokens: 8,
      outputTokens: 4,
    })),
    dependencies: 'explicit',
    skipped: { 'event M': 3 },
  }
}
