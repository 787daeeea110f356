import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kneeOf } from './knee.js'

const test = suite('knee')
const x = Array.from({ length: 11 }, (_, i) => i / 10)

test('two straight lines are found where they break', () => {
  const { at, straight, flattens, rest } = kneeOf(x, x.map((one) => 10 - 8 * Math.min(one, 0.6) - Math.max(0, one - 0.6)))
  assert.equal([at, straight, flattens], [0.6, true, true])
  assert.ok(Math.abs(rest - 1 / 8) < 1e-9)
})

test('one straight line has no knee, a bent curve no straight lines, a rising one does not fall', () => {
  assert.not(kneeOf(x, x.map((one) => 10 - one)).flattens)
  assert.not(kneeOf(x, x.map((one) => Math.cos(7 * one))).straight)
  assert.not(kneeOf(x, x.map((one) => Math.min(one, 0.5))).flattens)
})

test.run()
