import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { BadInput, OutOfBounds, UsageFault } from '../base/errors.js'
import { bounds, boundsInWords, clamped, isWithin, numberWithin } from './bounds.js'
import { checkProfile } from './check.js'
import { defaultChoices } from './choices.js'
import { costsOf } from './costs.js'
import { devices } from './devices.js'
import { nominal, parameterIds, parametersOf, type DeviceProfile, type ParameterId, type Spread } from './profile.js'
import { sampleDevice } from './sample.js'

const test = suite('bounds')
const board = devices[0]!
const withParameter = (id: ParameterId, change: object): DeviceProfile => ({ ...board, parameters: { ...board.parameters, [id]: { ...board.parameters[id], ...change } } })
const read = (profile: DeviceProfile): DeviceProfile => checkProfile(JSON.parse(JSON.stringify(profile)), 'board.json')

test('every parameter has bounds, in its own unit; built-in values and spreads lie within', () => {
  for (const id of parameterIds) {
    const { least, most, unit } = bounds[id]
    assert.ok(least >= 0 && least < most && Number.isFinite(most), id)
    for (const device of devices) {
      const { value, spread, unit: own } = device.parameters[id]
      assert.is(own, unit, id)
      const ends = spread !== null && 'range' in spread ? spread.range : []
      for (const one of [value, ...ends]) assert.ok(isWithin(one, bounds[id]), `${device.id} ${id} ${one}`)
    }
  }
})

test('text is a number within the bounds, or refused with them', () => {
  const us = bounds['world.switchUs']
  for (const text of ['', ' ', 'NaN', 'Infinity', '-Infinity', '1e299', '-1', '1e6x', '__proto__', '1000000.1']) assert.throws(() => numberWithin('world.switchUs', us, text), (error: unknown) => error instanceof UsageFault && error.message.startsWith('world.switchUs: expected 0 to 1000000 µs, found '), text)
  assert.throws(() => numberWithin('world.switchUs', us, '1e299'), /found 1e299$/)
  assert.ok(Object.is(numberWithin('x', us, '-0'), 0))
  assert.is(numberWithin('x', us, '1e6'), 1e6)
  assert.throws(() => numberWithin('cpu.cores', bounds['cpu.cores'], '2.5'), /a whole number from 1 to 64 cores, found 2.5/)
  assert.throws(() => numberWithin('memory.pageBytes', bounds['memory.pageBytes'], '5000'), /a power of two from 4096 to 1073741824 B/)
})

test('a profile is held to the same bounds, value and spread, with file and field', () => {
  const refused = (id: ParameterId, change: object, field: string): void =>
    assert.throws(() => read(withParameter(id, change)), (error: unknown) => error instanceof OutOfBounds && error.place.field === `parameters.${id}.${field}` && error.message.includes(boundsInWords(bounds[id])), `${id} ${JSON.stringify(change)}`)
  refused('npu.launchMs', { value: 1e299 }, 'value')
  refused('cpu.cores', { value: 2.5 }, 'value')
  refused('cpu.bandwidthGBs', { value: 0 }, 'value')
  refused('memory.pageBytes', { value: 5000 }, 'value')
  refused('world.switchUs', { spread: { range: [0, 1e7] } }, 'spread.range.1')
  refused('world.switchUs', { spread: { sd: 1e7 } }, 'spread.sd')
  refused('world.switchUs', { spread: { quantiles: [[0, 1], [1, 1e7]] } }, 'spread.quantiles.1.1')
  assert.throws(() => read(withParameter('npu.launchMs', { unit: 's' })), (error: unknown) => error instanceof BadInput && /parameters\.npu\.launchMs\.unit: expected ms, found "s"/.test(error.message))
  assert.equal(read(withParameter('world.switchUs', { unit: 'us' })).id, board.id)
  assert.throws(() => read({ ...board, choices: { rates: { value: 'x', options: ['x'], source: 's' } } }), /choices\.rates\.options: expected carved, added/)
  const { choices: _choices, ...without } = board
  assert.equal(checkProfile(JSON.parse(JSON.stringify(without)), 'board.json').choices, {})
})

test('draws of any spread within the bounds lie within them, whole where the parameter is', () => {
  fc.assert(
    fc.property(fc.constantFrom(...parameterIds), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('known', 'stress'), fc.nat(), (id, at, wide, variation, seed) => {
      const { least, most } = bounds[id]
      const value = clamped(id, least + at * (most - least))
      const spreads: Spread[] = [null, { range: [least, most] }, { sd: wide * most }, { quantiles: [[0.1, least], [0.9, most]] }]
      for (const spread of spreads)
        for (const sample of sampleDevice(withParameter(id, { value, spread, fixed: undefined }), new Set(), seed, 5, variation as 'known')) assert.ok(isWithin(sample[id]!, bounds[id]), `${id} ${sample[id]}`)
    }),
    { numRuns: 80 },
  )
})

test('costs of values that came another way are refused with the parameter', () => {
  for (const [id] of parametersOf(board)) {
    const { least, most } = bounds[id]
    for (const value of [Number.NaN, Infinity, -1, most * 1.01, ...(least > 0 ? [least / 2] : [])])
      assert.throws(() => costsOf({ ...nominal(board), [id]: value }, defaultChoices(board)), (error: unknown) => error instanceof UsageFault && error.message.startsWith(`${id}: expected`), `${id} ${value}`)
  }
})

test.run()
