import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkProfile } from '../device/check.js'
import { devices } from '../device/devices.js'
import { costsOf } from '../device/costs.js'
import { defaultChoices } from '../device/choices.js'
import { nominal, parameterIds, type DeviceProfile } from '../device/profile.js'
import { deviceTemplate } from '../device/template.js'
import type { Architecture } from '../model/architecture.js'
import { quantisations } from '../model/quantisation.js'
import type { ResolvedDevice } from './device.js'
import { inProcess } from './executors/in-process.js'
import { missingParameters } from './missing-parameters.js'

const test = suite('missing parameters')
const model: Architecture = { id: 'tiny', title: 'tiny', layers: 3, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, ffn: 512, vocab: 1000, tied: true }
const spec = { model, quant: quantisations[0]!, promptTokens: 24, outputTokens: 3, policy: 'flexserve', over: 'strawman', metric: 'ttft' as const }
const resolved = (profile: DeviceProfile): ResolvedDevice => ({ profile, choices: defaultChoices(profile), values: nominal(profile), pinned: new Set(), set: {} })
const template = deviceTemplate('my-board', devices[0]!)

for (const base of devices)
  test(`a template from ${base.id} is a sound profile whose costs can be carved, all of it assumed and marked`, () => {
    const profile = checkProfile(JSON.parse(JSON.stringify(deviceTemplate('my-board', base))), 'test')
    assert.ok(costsOf(nominal(profile), defaultChoices(profile)).npuFlopsPerNs > 0)
    assert.is(profile.extrapolated, true)
    for (const id of parameterIds) {
      assert.is(profile.parameters[id]!.grade, 'assumed')
      assert.is(profile.parameters[id]!.fixed, base.parameters[id]!.fixed)
      assert.is(profile.parameters[id]!.value, base.parameters[id]!.value)
    }
  })

test('all of a template is missing, what moves the gain most first, structure before what moves nothing', async () => {
  const missing = await missingParameters(resolved(template), spec, inProcess())
  assert.equal(missing.map(({ parameter }) => parameter).sort(), [...parameterIds].sort())
  const ranks = missing.map(({ swing }) => swing ?? Number.MIN_VALUE)
  assert.equal(ranks, [...ranks].sort((a, b) => b - a))
  assert.ok(missing[0]!.swing! > 0.05)
  assert.ok(missing.some(({ swing }) => swing === null) && missing.some(({ swing }) => swing === 0))
})

test('what was measured is not missing; nothing is where all was', async () => {
  const measured = { ...template.parameters['world.switchUs']!, grade: 'measured' as const }
  const partly = await missingParameters(resolved({ ...template, parameters: { ...template.parameters, 'world.switchUs': measured } }), spec, inProcess())
  assert.is(partly.length, parameterIds.length - 1)
  assert.not(partly.some(({ parameter }) => parameter === 'world.switchUs'))
  const parameters = Object.fromEntries(parameterIds.map((id) => [id, { ...template.parameters[id]!, grade: 'measured' }])) as DeviceProfile['parameters']
  assert.equal(await missingParameters(resolved({ ...template, parameters }), spec, inProcess()), [])
})

test.run()
