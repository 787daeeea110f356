import * as fc from 'fast-check'
import { collectTrace } from '../trace/collect.js'
import type { Trace } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames } from '../trace/words.js'
import { hostileTexts } from './sample-trace.js'

const safe = fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
const u32 = fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
const word = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...hostileTexts))

const op = fc.record({
  kind: fc.nat(opKinds.length - 1),
  phase: fc.nat(phases.length - 1),
  dataType: fc.nat(dataTypes.length - 1),
  processor: fc.nat(processorNames.length - 1),
  lane: fc.nat(2),
  request: fc.nat(1),
  moreSteps: fc.constantFrom(0, 0, 1, 5),
  layer: fc.integer({ min: -1, max: 70 }),
  type: fc.nat(6),
  name: fc.nat(6),
  isNameFirst: fc.boolean(),
  tensor: fc.integer({ min: -1, max: 1 }),
  m: u32,
  n: u32,
  k: u32,
  laterNs: fc.oneof(fc.constant(0), fc.nat(1e9)),
  durationNs: safe,
  flops: safe,
  bytes: safe,
  rules: fc.nat(2),
  after: fc.array(fc.nat(1000), { maxLength: 4 }),
})

/** Any trace that the laws allow: strings numbered in any order, unused ones too, several requests, dependencies. */
export const anyTrace: fc.Arbitrary<Trace> = fc
  .record({
    ops: fc.array(op, { maxLength: 40 }),
    words: fc.array(word, { minLength: 7, maxLength: 7 }),
    unused: fc.array(word, { maxLength: 2 }),
  })
  .map(({ ops, words, unused }) => {
    const { writer, finish } = collectTrace()
    const rules = [writer.ruleSet({}), writer.ruleSet({ phase: 'a' }), writer.ruleSet({ bytes: 'b', phase: 'c' })]
    const steps = [0, 0]
    let startNs = 0
    for (const [index, one] of ops.entries()) {
      if (one.isNameFirst) writer.intern(words[one.name]!)
      const i = writer.push()
      const { op: columns } = writer
      for (const field of [
        'kind',
        'phase',
        'dataType',
        'processor',
        'lane',
        'request',
        'layer',
        'tensor',
        'm',
        'n',
        'k',
        'durationNs',
        'flops',
        'bytes',
      ] as const)
        columns[field][i] = one[field]
      // below the rates that no recording is believed beyond
      columns.flops[i] = Math.min(one.flops, one.durationNs * 1e6)
      columns.bytes[i] = Math.min(one.bytes, one.durationNs * 1e3)
      columns.step[i] = steps[one.request]! += one.moreSteps
      columns.startNs[i] = startNs += one.laterNs
      columns.type[i] = writer.intern(words[one.type]!)
      columns.name[i] = writer.intern(words[one.name]!)
      columns.rules[i] = rules[one.rules]!
      if (index > 0) for (const on of one.after) writer.waitsFor(on % index)
    }
    for (const text of unused) writer.intern(text)
    const request = { id: 'r', model: -1, arrivalNs: 0, promptTokens: 3, outputTokens: 1 }
    return finish({
      name: 'any',
      device: words[0]!,
      provenance: { how: 'imported', tool: words[1]!, unprofiled: { profiledStepNs: [3], unprofiledStepNs: [] } },
      lanes: ['a', 'b', `c${words[2]!}`],
      models: [{ id: words[3]!, layers: 2, weightBytes: 7, quant: 'w4', hidden: 8 }],
      tensors: [0, 1].map((layer) => ({ name: words[4]!, model: 0, role: 'kv' as const, layer, bytes: 1 })),
      requests: [request, { ...request, model: 0 }],
      dependencies: 'explicit',
      skipped: { [words[5]!]: 2 },
    })
  })
