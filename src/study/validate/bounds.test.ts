/** V24 as a law of every layered replay: the TTFT is never below the largest of what its resources must do. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GiB } from '../../base/units.js'
import { costsOf } from '../../device/costs.js'
import { deviceOf, devices } from '../../device/devices.js'
import { defaultChoices } from '../../device/choices.js'
import { nominal } from '../../device/profile.js'
import { sampleDevice } from '../../device/sample.js'
import type { Architecture } from '../../model/architecture.js'
import { quantisationOf, quantisations } from '../../model/quantisation.js'
import { policyOf } from '../../policies/policies.js'
import { latencies, replay } from '../../replay/replay.js'
import { synthesise } from '../../synth/synth.js'
import { lowerBounds } from './bounds.js'
import { architectureOf } from './papers-models.js'
import { boardIds } from './scene.js'

const test = suite('lower bounds')

/** Layered, allocation inside, no cold start, preemption on; and layered without one of these. */
const bounded = ['tz-llm', 'flexserve', 'unprotected', 'optimized-strawman?allocate=inside'] as const
const looser = ['tz-llm?preempt=off', 'optimized-strawman', 'flexserve?depth=1', 'tz-llm?startup=cold-init', 'flexserve?npu=none&preempt=off'] as const
/** On anything: what comes before the pipeline and at its ends weighs much on a model of a few layers. */
const FACTOR = 3
/** On models of the papers' size, on their boards, cold to half resident (the paper, at 20 %: 1.104). */
const FACTOR_OF_PAPERS = 1.35

const architecture: fc.Arbitrary<Architecture> = fc
  .record({ layers: fc.integer({ min: 8, max: 40 }), width: fc.integer({ min: 4, max: 24 }), ffn: fc.integer({ min: 2, max: 5 }), grouped: fc.constantFrom(1, 2), vocab: fc.integer({ min: 1000, max: 60_000 }), tied: fc.boolean() })
  .map(({ layers, width, ffn, grouped, vocab, tied }) => ({ id: 'any', title: 'any', layers, hidden: 128 * width, heads: 2 * width, kvHeads: (2 * width) / grouped, headDim: 64, ffn: 128 * width * ffn, vocab, tied }))

interface Any {
  readonly model: Architecture
  readonly prompt: number
  readonly cached: number
  readonly pressureGiB: number
  /** Of the device's draw; -1: central values. */
  readonly seed: number
  readonly quant: string
  readonly device: string
}
const any: fc.Arbitrary<Any> = fc.record({
  model: architecture,
  prompt: fc.integer({ min: 16, max: 600 }),
  cached: fc.double({ min: 0, max: 1, noNaN: true }),
  pressureGiB: fc.integer({ min: 0, max: 13 }),
  seed: fc.nat(1000),
  quant: fc.constantFrom(...quantisations.map(({ id }) => id)),
  device: fc.constantFrom(...devices.map(({ id }) => id)),
})

/** TTFT over the largest bound. */
function over({ model, prompt, cached, pressureGiB, seed, quant, device: id }: Any, reference: string): number {
  const device = deviceOf(id)!
  const trace = synthesise({ model, quant: quantisationOf(quant)!, device, promptTokens: prompt, outputTokens: 1 })
  const sample = seed < 0 ? nominal(device) : sampleDevice(device, new Set(), seed, 1, 'known')[0]!
  const replayed = replay({ trace, policy: policyOf(reference), costs: costsOf(sample, defaultChoices(device)), pressureBytes: pressureGiB * GiB, initial: { cached, protection: false } })
  const bounds = Object.values(lowerBounds(replayed.plan, 0))
  return latencies(replayed)[0]!.ttftNs / Math.max(...bounds)
}

for (const reference of [...bounded, ...looser])
  test(`${reference}: never below its lower bound${bounded.some((one) => one === reference) ? `, never above ${FACTOR} times it` : ''}`, () => {
    let most = 0
    fc.assert(
      fc.property(any, (one) => {
        const ratio = over(one, reference)
        most = Math.max(most, ratio)
        // Durations are whole ns: a bound's quotients are not.
        assert.ok(ratio >= 1 - 1e-9, `${ratio}`)
        if (bounded.some((known) => known === reference)) assert.ok(ratio <= FACTOR, `${ratio}`)
      }),
      { numRuns: 60, seed: 24 }, // the factor is what these show, no law
    )
    assert.ok(most > 1)
  })

const ofPapers: fc.Arbitrary<Any> = fc
  .record({ id: fc.constantFrom('tinyllama-1.1b', 'qwen3-1.7b', 'llama-3.2-3b', 'phi-3-mini'), prompt: fc.integer({ min: 32, max: 512 }), cached: fc.double({ min: 0, max: 0.5, noNaN: true }), pressureGiB: fc.integer({ min: 0, max: 10 }), quant: fc.constantFrom('int8', 'q8_0'), device: fc.constantFrom(...boardIds) })
  .map(({ id, ...rest }) => ({ model: architectureOf(id), seed: -1, ...rest }))

for (const reference of bounded)
  test(`${reference}: within ${FACTOR_OF_PAPERS} of its lower bound on the papers’ models; restored serially it is not`, () => {
    let serial = 0
    fc.assert(
      fc.property(ofPapers, (one) => {
        const ratio = over(one, reference)
        assert.ok(ratio >= 1 - 1e-9 && ratio <= FACTOR_OF_PAPERS, `${ratio}`)
        serial = Math.max(serial, over(one, `${reference.split('?')[0]!}?pipeline=serial`))
      }),
      { numRuns: 24, seed: 24 },
    )
    assert.ok(serial > FACTOR_OF_PAPERS, `${serial}`)
  })

test.run()
