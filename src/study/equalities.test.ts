/** What must come out equal, whatever the numbers are. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GiB } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../device/choices.js'
import { nominal, parameterIds, type DeviceValues } from '../device/profile.js'
import { modelOf } from '../model/models.js'
import { quantisationOf } from '../model/quantisation.js'
import { policies, policyOf } from '../policies/policies.js'
import { attribute } from '../replay/attribute.js'
import { latencies, replay } from '../replay/replay.js'
import { synthesise } from '../synth/synth.js'
import type { Trace } from '../trace/trace.js'

const test = suite('equalities')
const values = nominal(nanopcT6)
const choices = defaultChoices(nanopcT6)
const trace = synthesise({ model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: nanopcT6, promptTokens: 64, outputTokens: 4 })
const replayed = (of: Trace, policy: string, sample: DeviceValues, pressureGiB = 8, cached = 0, pageAllocation = 'carved') =>
  replay({ trace: of, policy: policyOf(policy), costs: costsOf(sample, { ...choices, pageAllocation }), pressureBytes: pressureGiB * GiB, initial: { cached, protection: false } })

for (const { id } of policies)
  test(`${id}: no single cost, lowered, changes what is moved`, () => {
    const bytes = (sample: DeviceValues): unknown => {
      const { plan, schedule } = replayed(trace, id, sample)
      const { flashBytes, decryptedBytes, allocatedBytes, pagesProtected } = attribute(trace, plan, schedule).windows.find(({ name }) => name === 'request')!.counts
      return { flashBytes, decryptedBytes, allocatedBytes, pagesProtected, extents: plan.extents.reduce((sum, extent) => sum + extent.bytes, 0) }
    }
    const plain = bytes(values)
    // Structure and sizes are no costs.
    for (const parameter of parameterIds) if (nanopcT6.parameters[parameter].fixed !== true && !/activationMiB|checkpointMiB/.test(parameter)) assert.equal(bytes({ ...values, [parameter]: values[parameter] * 0.9 }), plain, parameter)
  })

test('flexserve with free memory, no switch costs and nothing to decrypt is unprotected', () => {
  const free = { ...values }
  for (const id of ['monitor.hypercallUs', 'monitor.tlbInvalidateUs', 'monitor.stage2EnableMs', 'monitor.verifyMs', 'world.switchUs', 'npu.modeSwitchMs', 'npu.submitFlexUs', 'flexMem.smmuMap8GiBMs', 'flexMem.reclaim8GiBMs'] as const) free[id as 'world.switchUs'] = 0
  const noDecryption = { ...free, 'crypto.decrypt8GiBMs': 0 }
  const ttft = (policy: string, sample: DeviceValues): number => latencies(replayed(trace, policy, sample, 0))[0]!.ttftNs
  const off = ttft('flexserve', noDecryption) / ttft('unprotected', noDecryption) - 1
  // A call of no length still waits for a core behind what computes there.
  assert.ok(Math.abs(off) < 0.01, `${off}`)
  // With decryption it is later by no more than all of that on one core.
  const weights = trace.header.models[0]!.weightBytes
  assert.ok(ttft('flexserve', free) >= ttft('unprotected', free))
  assert.ok(ttft('flexserve', free) - ttft('unprotected', free) <= weights * costsOf(free, choices).decryptNsPerByte)
})

test('a sequential recording replayed where it was made, all resident, takes the time that it took', () => {
  const recorded: Trace = { ...trace, header: { ...trace.header, device: nanopcT6.id, provenance: { ...trace.header.provenance, how: 'recorded' } } }
  const last = recorded.ops.length - 1
  const makespanNs = recorded.ops.startNs[last]! + recorded.ops.durationNs[last]!
  const free = { ...values, 'npu.launchMs': 0, 'flexMem.allocate8GiBMs': values['flexMem.allocate8GiBMs'] }
  assert.is(latencies(replayed(recorded, 'unprotected', free, 8, 1, 'free'))[0]!.e2eNs, makespanNs)
})

test.run()
