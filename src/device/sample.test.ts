import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quantileSorted } from 'simple-statistics'
import { UsageFault } from '../base/errors.js'
import { costsOf } from './costs.js'
import { devices } from './devices.js'
import { defaultChoices } from './choices.js'
import { nominal, parameterIds, type DeviceProfile, type FullProfile, type Spread } from './profile.js'
import { sampleDevice, unknownSpreads } from './sample.js'

const test = suite('device samples')
const device = devices[0]!
const withSpread = (spread: Spread, value = 10): FullProfile => ({
  ...device,
  parameters: { ...device.parameters, 'world.switchUs': { ...device.parameters['world.switchUs'], value, spread } },
})
const draws = (profile: DeviceProfile, seed = 1, count = 4000): number[] => sampleDevice(profile, new Set(), seed, count, 'known').map((sample) => sample['world.switchUs']!).sort((a, b) => a - b)

test('a draw depends on seed and parameter alone: pinning others leaves it', () => {
  const all = sampleDevice(device, new Set(), 5, 20, 'known')
  const pinned = sampleDevice(device, new Set(['cpu.prefillGflops', 'cma.fastGiBs']), 5, 20, 'known')
  assert.equal(pinned.map((sample) => sample['world.switchUs']!), all.map((sample) => sample['world.switchUs']!))
  assert.is(new Set(pinned.map((sample) => sample['cpu.prefillGflops'])).size, 1)
  assert.not.equal(sampleDevice(device, new Set(), 6, 20, 'known'), all)
})

test('a range is kept, its mode the value, in logarithms', () => {
  const values = draws(withSpread({ range: [5, 40] }))
  assert.ok(values[0]! >= 5 && values[values.length - 1]! <= 40)
  const split = (Math.log(10) - Math.log(5)) / (Math.log(40) - Math.log(5))
  const below = values.filter((value) => value < 10).length / values.length
  assert.ok(Math.abs(below - split) < 0.03, `${below} of the draws lie below the mode, ${split} expected`)
})

test('a range that touches 0 is triangular; an sd lognormal with its median at the value; quantiles are found again', () => {
  const zero = draws(withSpread({ range: [0, 20] }))
  assert.ok(Math.abs(quantileSorted(zero, 0.5) - 10) < 0.4)
  const normal = draws(withSpread({ sd: 2 }))
  assert.ok(Math.abs(quantileSorted(normal, 0.5) - 10) < 0.2)
  assert.ok(normal[0]! > 0)
  const listed = draws(withSpread({ quantiles: [[0.1, 4], [0.5, 10], [0.9, 30]] }))
  assert.ok(Math.abs(quantileSorted(listed, 0.3) - 7) < 0.3)
  assert.is(listed[0], 4)
})

test('an unknown spread is not varied, unless under stress: then × or ÷ 1.5', () => {
  const profile = withSpread(null)
  assert.ok(unknownSpreads(profile, new Set()).includes('world.switchUs'))
  assert.equal(new Set(draws(profile)), new Set([10]))
  const stressed = sampleDevice(profile, new Set(), 1, 2000, 'stress').map((sample) => sample['world.switchUs']!)
  assert.ok(Math.min(...stressed) >= 10 / 1.5 && Math.max(...stressed) <= 15 && Math.max(...stressed) > 14)
})

for (const profile of devices)
  test(`${profile.id}: every parameter has unit, source and grade, and lies in its range`, () => {
    for (const id of parameterIds) {
      const { value, unit, source, grade, spread } = profile.parameters[id]
      assert.ok(unit !== '' && source.length > 5 && grade !== undefined, id)
      if (spread !== null && 'range' in spread) assert.ok(spread.range[0] <= value && value <= spread.range[1], id)
    }
  })

test('what remains of the measured prefills: about 44 GFLOP/s and 0.72 TOPS for the matmuls', () => {
  const costs = costsOf(nominal(device), defaultChoices(device))
  assert.is(costs.cpuFlopsPerNs.toFixed(0), '44')
  assert.is((costs.npuFlopsPerNs / 1000).toFixed(2), '0.72')
})

test('a carve-out that leaves less than nothing is refused', () => {
  const sample = { ...nominal(device), 'monitor.tlbInvalidateUs': 500 }
  assert.throws(() => costsOf(sample, defaultChoices(device)), (error: unknown) => error instanceof UsageFault && /measured allocation leaves/.test(error.message))
  const fast = { ...nominal(device), 'npu.prefillTokensPerS': 400 }
  assert.throws(() => costsOf(fast, defaultChoices(device)), (error: unknown) => error instanceof UsageFault && /attention, norms and head alone/.test(error.message))
})

test.run()
