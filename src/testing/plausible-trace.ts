import * as fc from 'fast-check'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { kindIndex, opKinds, phaseIndex, phases, processorIndex, processorNames } from '../trace/words.js'
import type { PlainFacts, PlainOp } from './slow-plausibility.js'

/** A recording in plain objects, to be broken. */
export interface PlainTrace {
  ops: PlainOp[]
  facts: PlainFacts
}

/** Writes the ops of a plain trace, in order of start, and gives the facts of its header. */
export function writePlain({ ops, facts }: PlainTrace, writer: TraceWriter, changed: Partial<HeaderFacts> = {}): HeaderFacts {
  for (const one of [...ops].sort((a, b) => a.startNs - b.startNs)) {
    const i = writer.push()
    const { op } = writer
    op.kind[i] = kindIndex[one.kind]
    op.phase[i] = phaseIndex[one.phase]
    op.processor[i] = processorIndex[one.processor]
    op.name[i] = writer.intern(`${one.kind} of ${one.layer}`)
    for (const field of ['lane', 'request', 'step', 'layer', 'tensor', 'm', 'startNs', 'durationNs', 'flops', 'bytes'] as const) op[field][i] = one[field]
  }
  return { name: 'plain', device: 'd', provenance: { how: 'imported', tool: 't' }, lanes: ['thread', 'stream 7', 'stream 9'], dependencies: 'program-order', skipped: {}, ...facts, ...changed }
}

const WEIGHT = 4_000_000

/** Recordings of a small model that break no law: a prefill and decode steps on a thread and a stream, every layer and weight. */
export const plausibleTrace: fc.Arbitrary<PlainTrace> = fc
  .record({ layers: fc.integer({ min: 1, max: 5 }), prompt: fc.integer({ min: 2, max: 900 }), batch: fc.integer({ min: 1, max: 5 }), steps: fc.integer({ min: 1, max: 4 }), durations: fc.array(fc.integer({ min: 1_000, max: 90_000 }), { minLength: 40, maxLength: 40 }), gaps: fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }) })
  .map(({ layers, prompt, batch, steps, durations, gaps }) => {
    const ops: PlainOp[] = []
    let nowNs = 1
    for (let step = 0; step <= steps; step++)
      for (let layer = -1; layer <= layers; layer++)
        for (const kind of layer === -1 ? (['embedding'] as const) : layer === layers ? (['matmul', 'other'] as const) : (['norm', 'matmul', 'attention', 'view', 'elementwise'] as const)) {
          const durationNs = (durations[ops.length % 40]! * (kind === 'other' ? 0.01 : 1)) | 1
          const isGpu = kind === 'matmul' || kind === 'attention'
          const rows = batch * (step === 0 ? prompt : 1)
          ops.push({ kind, phase: step === 0 ? 'prefill' : 'decode', processor: isGpu ? 'gpu' : 'cpu', lane: isGpu ? 1 : 0, request: 0, step, layer: layer === layers ? -1 : layer, tensor: kind === 'matmul' || kind === 'embedding' ? layer + 1 : -1, m: kind === 'matmul' ? rows : 0, startNs: nowNs, durationNs, flops: isGpu ? durationNs * 2_000_000 : 0, bytes: kind === 'view' ? 0 : durationNs * 3_000 })
          nowNs += durationNs + gaps[ops.length % 7]!
        }
    const tensors = Array.from({ length: layers + 2 }, (_, t) => ({ name: `w${t}`, model: 0, role: 'weight' as const, layer: t - 1, bytes: WEIGHT }))
    const model = { id: 'm', layers, weightBytes: WEIGHT * (layers + 2), quant: 'int8' }
    const request = { id: 'r', model: 0, arrivalNs: 0, promptTokens: prompt, outputTokens: steps + 1, ...(batch === 1 ? {} : { batch }) }
    return { ops, facts: { models: [model], tensors, requests: [request] } }
  })

const small = fc.oneof(fc.constant(0), fc.nat(40), fc.nat(4000))

/** Ops without any order or sense, so that every law is broken now and then. */
export const wildTrace: fc.Arbitrary<PlainTrace> = fc
  .record({
    ops: fc.array(
      fc.record({
        kind: fc.constantFrom(...opKinds),
        phase: fc.constantFrom(...phases),
        processor: fc.constantFrom(...processorNames),
        lane: fc.nat(2),
        request: fc.nat(1),
        step: fc.nat(1),
        layer: fc.integer({ min: -1, max: 3 }),
        tensor: fc.integer({ min: -1, max: 3 }),
        m: fc.oneof(fc.nat(3), fc.nat(70_000)),
        startNs: small,
        durationNs: small,
        flops: fc.oneof(fc.constant(0), fc.nat(10 ** 9), fc.integer({ min: 0, max: 10 ** 12 })),
        bytes: fc.oneof(fc.constant(0), fc.nat(10 ** 6), fc.nat(10 ** 9)),
      }),
      { maxLength: 30 },
    ),
    tick: fc.constantFrom(1, 1, 10, 1000),
    tokens: fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 999_999, max: 1_000_002 })), { minLength: 2, maxLength: 2 }),
    batch: fc.integer({ min: 1, max: 9 }),
    layers: fc.integer({ min: 1, max: 5 }),
    weightBytes: fc.integer({ min: 0, max: 420 }),
  })
  .map(({ ops, tick, tokens, batch, layers, weightBytes }) => {
    const requests = tokens.map((promptTokens, r) => ({ id: `r${r}`, model: r === 0 ? 0 : -1, arrivalNs: 0, promptTokens, outputTokens: 1, ...(r === 0 ? { batch } : {}) }))
    const tensors = [0, 1, 2, 3].map((t) => ({ name: `w${t}`, model: 0, role: t === 3 ? ('kv' as const) : ('weight' as const), layer: 0, bytes: 100 }))
    const ticked = ops.map((op) => ({ ...op, startNs: op.startNs * tick, durationNs: op.durationNs * tick })).sort((a, b) => a.startNs - b.startNs)
    return { ops: ticked, facts: { models: [{ id: 'm', layers, weightBytes, quant: 'int8' }], tensors, requests } }
  })
