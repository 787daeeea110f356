import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { GiB } from '../base/units.js'
import { costsOf, type Costs } from '../device/costs.js'
import { devices } from '../device/devices.js'
import { defaultChoices } from '../device/choices.js'
import { parameterIds, type DeviceValues } from '../device/profile.js'
import { sampleDevice } from '../device/sample.js'
import type { Architecture } from '../model/architecture.js'
import { quantisations } from '../model/quantisation.js'
import { policies, policyOf } from '../policies/policies.js'
import { serve, type Replayed, type Setting } from '../replay/replay.js'
import { Repricer } from '../replay/repricer.js'
import { traceRequests } from '../replay/request-source.js'
import { watchedCosts } from '../replay/watched-costs.js'
import { synthesise } from '../synth/synth.js'

const test = suite('repricer')
const tiny: Architecture = { id: 'tiny', title: 'tiny', layers: 3, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, ffn: 512, vocab: 1000, tied: true }

function assertSame(a: Replayed, b: Replayed): void {
  assert.equal(a.plan.graph, b.plan.graph)
  assert.equal([...a.schedule.startNs], [...b.schedule.startNs])
  assert.equal([...a.schedule.holder], [...b.schedule.holder])
  assert.is(a.schedule.endNs, b.schedule.endNs)
  for (const key of ['servers', 'requests', 'extents', 'jobs', 'recalls', 'demand', 'reservedBytes', 'notes', 'warnings'] as const) assert.equal(a.plan[key], b.plan[key], key)
}

const references = [
  ...policies.map(({ id }) => id),
  'optimized-strawman?allocate=inside',
  'flexserve?preempt=off&decode=cpu',
  'flexserve?depth=1',
  'flexserve?scrub=eager&off=idle-window&idleMs=1',
  'flexserve?granularity=layer&eager=on',
  'strawman?startup=cold-init&threads=4',
  'unprotected?residency=keep-all',
]

for (const reference of references)
  test(`${reference}: tasks priced anew are the tasks written anew`, () => {
    const policy = policyOf(reference)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom(...quantisations), fc.constantFrom(...devices), fc.integer({ min: 0, max: 16 }), fc.constantFrom(0, 0.4, 1), fc.nat(1000), fc.constantFrom('known' as const, 'stress' as const), (prompt, output, quant, profile, pressure, cached, seed, variation) => {
        const source = traceRequests(synthesise({ model: tiny, quant, device: profile, promptTokens: prompt, outputTokens: output }))
        const repricer = new Repricer()
        for (const sample of sampleDevice(profile, new Set(), seed, 4, variation)) {
          const setting = { source, policy, costs: costsOf(sample, defaultChoices(profile)), pressureBytes: pressure * GiB, initial: { cached, protection: false } }
          assertSame(repricer.replay(setting), serve(setting))
        }
      }),
      { numRuns: 12, seed: 20261127 },
    )
  })

/** Counts how often tasks are written: each time asks anew for a request's operators' units. */
function counted(setting: Setting): { setting: Setting; written: () => number } {
  let written = 0
  const { source } = setting
  return { setting: { ...setting, source: { ...source, units: (model) => (written++, source.units(model)) } }, written: () => written }
}

const profile = devices[0]!
const sampleOf = (changes: Partial<DeviceValues>): DeviceValues => ({ ...Object.fromEntries(parameterIds.map((id) => [id, profile.parameters[id].value])), ...changes }) as DeviceValues
const costsWith = (changes: Partial<DeviceValues>): Costs => costsOf(sampleOf(changes), defaultChoices(profile))
const small: Setting = { source: traceRequests(synthesise({ model: tiny, quant: quantisations[0]!, device: profile, promptTokens: 24, outputTokens: 3 })), policy: policyOf('flexserve'), costs: costsWith({}), pressureBytes: 8 * GiB }

test('costs that decide no task reuse them, costs that decide one do not', () => {
  const { setting, written } = counted(small)
  const repricer = new Repricer()
  repricer.replay(setting)
  const once = written()
  assert.ok(once > 0)
  repricer.replay({ ...setting, costs: costsWith({ 'npu.modeSwitchMs': 7, 'world.switchUs': 55, 'flash.load8GiBMs': 900 }) })
  assert.is(written(), once)
  repricer.replay({ ...setting, costs: costsWith({ 'flexMem.batchMiB': 4 }) })
  assert.is(written(), 2 * once)
})

test('any single parameter changed gives what writing anew gives', () => {
  const repricer = new Repricer()
  for (const id of parameterIds)
    for (const factor of [0.5, 2, 3]) {
      const { value } = profile.parameters[id]
      try {
        const setting = { ...small, costs: costsWith({ [id]: Number.isInteger(value) ? Math.max(1, Math.round(value * factor)) : value * factor }) }
        assertSame(repricer.replay(setting), serve(setting))
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
      }
    }
})

test('another state, source, policy or device writes anew', () => {
  const repricer = new Repricer()
  const others: Partial<Setting>[] = [{}, { pressureBytes: 12 * GiB }, { initial: { cached: 1, protection: false } }, { initial: { cached: 1, protection: true } }, { policy: policyOf('strawman') }, { here: true }, { source: traceRequests(synthesise({ model: tiny, quant: quantisations[0]!, device: profile, promptTokens: 25, outputTokens: 3 })) }, {}]
  for (const other of others) assertSame(repricer.replay({ ...small, ...other }), serve({ ...small, ...other }))
})

test('watched costs tell apart what was asked', () => {
  const { costs, agrees } = watchedCosts(costsWith({}))
  assert.ok(agrees(costsWith({ 'cpu.cores': 2, 'flash.load8GiBMs': 1 })))
  assert.is(costs.sample['cpu.cores'], 4)
  assert.is(costs.choices.smmu, defaultChoices(profile).smmu)
  assert.not.ok(agrees(costsWith({ 'cpu.cores': 2 })))
  assert.ok(agrees(costsWith({ 'flash.load8GiBMs': 1 })))
  assert.ok(costs.flashNsPerByte > 0)
  assert.not.ok(agrees(costsWith({ 'flash.load8GiBMs': 1 })))
})

test.run()
