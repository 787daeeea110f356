import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { GiB } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { deviceOf, devices } from '../device/devices.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { sampleDevice } from '../device/sample.js'
import type { Architecture } from '../model/architecture.js'
import { quantisationOf, quantisations } from '../model/quantisation.js'
import { replay } from '../replay/replay.js'
import { attribute } from '../replay/attribute.js'
import { causes } from '../run/causes.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { synthesise } from '../synth/synth.js'
import { combinationNotes } from '../policies/legality.js'
import { mechanisms } from '../policies/mechanisms.js'
import { policies, policyOf } from '../policies/policies.js'
import type { Factor } from '../replay/factors.js'

const test = suite('policies')
const tiny: Architecture = { id: 'tiny', title: 'tiny', layers: 3, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, ffn: 512, vocab: 1000, tied: true }
const references = [...policies.map((policy) => policy.id), 'optimized-strawman?allocate=inside', 'flexserve?preempt=off&decode=cpu', 'strawman?startup=cold-init&threads=4', 'unprotected?residency=keep-all']

/** The laws of every window: exposed sums to the length, busy = exposed + hidden, nothing hidden is negative, windows
 *  touch and sum to the request. */
function checkLaws(attributed: ReturnType<typeof attribute>): void {
  for (const window of attributed.windows) {
    assert.is(
      Object.values(window.exposedNs).reduce((sum, ns) => sum + ns, 0),
      window.lengthNs,
    )
    for (const cause of causes) {
      const hidden = window.hiddenNs[cause] ?? 0
      assert.ok(hidden >= 0, `${cause} hidden ${hidden}`)
      assert.is((window.exposedNs[cause] ?? 0) + hidden, window.busyNs[cause] ?? 0)
    }
    assert.is(
      window.blockedBy.reduce((sum, { ns }) => sum + ns, 0) <= (window.exposedNs.wait ?? 0),
      true,
    )
  }
  for (const request of attributed.requests) {
    const own = attributed.windows.filter((window) => window.request === request.id)
    const parts = own.filter((window) => window.name !== 'request')
    for (const [i, part] of parts.entries()) if (i > 0) assert.is(part.startNs, parts[i - 1]!.startNs + parts[i - 1]!.lengthNs)
    assert.is(
      parts.reduce((sum, part) => sum + part.lengthNs, 0),
      own.find((window) => window.name === 'request')!.lengthNs,
    )
  }
}

for (const reference of references)
  test(`${reference}: any small model, quantisation, device sample and pressure keeps every law`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom(...quantisations), fc.constantFrom(...devices), fc.integer({ min: 0, max: 14 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1000), (prompt, output, quant, profile, pressure, cached, seed) => {
        const trace = synthesise({ model: tiny, quant, device: profile, promptTokens: prompt, outputTokens: output })
        const [sample] = sampleDevice(profile, new Set(), seed, 1, 'known')
        const setting = { trace, policy: policyOf(reference), costs: costsOf(sample!, defaultChoices(profile)), pressureBytes: pressure * GiB, initial: { cached, protection: false } }
        const { plan, schedule } = replay(setting)
        const attributed = attribute(trace, plan, schedule)
        checkLaws(attributed)
        assert.is(attributed.windows.filter((window) => window.name === 'step').length, output - 1)
        const again = replay(setting)
        assert.equal(attribute(trace, again.plan, again.schedule), attributed)
      }),
      { numRuns: 25 },
    )
  })

test('several requests of a trace wait for each other, and the waiting is named', () => {
  const device = deviceOf('rk3588-nanopc-t6')!
  const trace = sampleTrace({ ops: 400, seed: 3 })
  for (const reference of references) {
    const { plan, schedule } = replay({ trace, policy: policyOf(reference), costs: costsOf(nominal(device), defaultChoices(device)), pressureBytes: 8 * GiB })
    const attributed = attribute(trace, plan, schedule)
    checkLaws(attributed)
    if (attributed.requests.length > 1) assert.ok(attributed.windows.some((window) => window.blockedBy.length > 0), 'somebody was blocked')
  }
})

test('the built-in rows are the table of docs/model.md', () => {
  const rows = policies.map(({ id }) => {
    const { memory, npu, residency, pipeline, scheduler, startup } = policyOf(id)
    return [id, memory.id, npu.id, residency.id, pipeline.id, scheduler.id, startup.id].join(' ')
  })
  assert.equal(rows, [
    'unprotected none shared-unprotected release layered fifo resident',
    'strawman tzasc-cma none release serial fifo resident',
    'optimized-strawman tzasc-cma co-driver release layered fifo resident',
    'tz-llm tzasc-cma co-driver llm-aware layered fifo checkpoint',
    'flexserve flex-mem flex-npu llm-aware layered multi-model resident',
  ])
})

test('every combination of mechanisms either keeps the laws or is refused with its reason', () => {
  const device = deviceOf('rk3588-nanopc-t6')!
  const trace = synthesise({ model: tiny, quant: quantisationOf('int8')!, device, promptTokens: 20, outputTokens: 18 })
  const costs = costsOf(nominal(device), defaultChoices(device))
  let legal = 0
  let refused = 0
  const each = (factor: Factor): string[] => Object.keys(mechanisms[factor])
  for (const memory of each('memory'))
    for (const npu of each('npu'))
      for (const residency of each('residency'))
        for (const pipeline of each('pipeline'))
          for (const scheduler of each('scheduler'))
            for (const startup of each('startup')) {
              const reference = `flexserve?memory=${memory}&npu=${npu}&residency=${residency}&pipeline=${pipeline}&scheduler=${scheduler}&startup=${startup}`
              try {
                const { plan, schedule } = replay({ trace, policy: policyOf(reference), costs, pressureBytes: 8 * GiB })
                checkLaws(attribute(trace, plan, schedule))
                legal++
              } catch (error) {
                if (!(error instanceof UsageFault)) throw error
                assert.match(error.message, /cannot exist: (npu .* needs pages that|residency llm-aware needs memory that can be taken back)/)
                refused++
              }
            }
  // Of 20 pairs of memory and NPU six are impossible; the four legal ones of the carve-out cannot be llm-aware.
  assert.equal([legal, refused], [(14 * 4 - 4) * 12, (6 * 4 + 4) * 12])
})

test('what nobody built is replayed and said so', () => {
  assert.match(combinationNotes(policyOf('flexserve?npu=co-driver'), 1).join(), /hypothetical: nobody built co-driver over flex-mem/)
  assert.match(combinationNotes(policyOf('optimized-strawman?npu=flex-npu'), 1).join(), /hypothetical: nobody built flex-npu over tzasc-cma/)
  assert.match(combinationNotes(policyOf('flexserve?residency=keep-all'), 1).join(), /void: residency keep-all and scheduler multi-model act between requests/)
  assert.match(combinationNotes(policyOf('flexserve?residency=release'), 2).join(), /void: scheduler multi-model prefetches nothing/)
  assert.equal(combinationNotes(policyOf('strawman'), 1), [])
})

test('a static carve-out allocates nothing; a driver reload costs 32 ms before the first job and 32 after the last', () => {
  const device = deviceOf('rk3588-nanopc-t6')!
  const trace = synthesise({ model: tiny, quant: quantisationOf('int8')!, device, promptTokens: 20, outputTokens: 2 })
  const { plan, schedule } = replay({ trace, policy: policyOf('optimized-strawman?memory=static-carveout&npu=driver-reload'), costs: costsOf(nominal(device), defaultChoices(device)), pressureBytes: 8 * GiB })
  const { windows, outsideNs } = attribute(trace, plan, schedule)
  assert.is(windows[0]!.busyNs.allocate, undefined)
  assert.is(windows[0]!.busyNs['npu-init'], 32e6)
  assert.is(outsideNs['npu-init'], 32e6)
  assert.ok(outsideNs.scrub! > 0)
})

test('unknown policies and options name what is known', () => {
  for (const [reference, said] of [
    ['flexserv', /did you mean flexserve/],
    ['strawman?thread=4', /has no option "thread"; it has commit, memory, migrate, npu, pipeline, residency, scheduler, startup, threads/],
    ['strawman?threads=9', /from 1 to 4/],
    ['flexserve?allocate=after', /inside or before/],
    ['flexserve?allocate', /no value/],
    ['flexserve?decryptPiece=1', /at least/],
  ] as const)
    assert.throws(
      () => policyOf(reference),
      (error: unknown) => error instanceof UsageFault && said.test(error.message),
    )
  assert.ok(quantisationOf('int8'))
})

test.run()
