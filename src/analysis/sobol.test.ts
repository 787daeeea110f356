import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { saltelliPoints, sobolIndices } from './sobol.js'

const test = suite('Sobol’ indices')

test('reproduce the published values of the Ishigami function (a = 7, b = 0.1)', () => {
  // Ishigami & Homma 1990; closed forms as in Saltelli et al., Global Sensitivity Analysis (2008).
  const points = saltelliPoints(3, 8192, 1)
  assert.is(points.length, 8192 * 5)
  const angle = (u: number): number => Math.PI * (2 * u - 1)
  const values = points.map(([x, y, z]) => Math.sin(angle(x!)) + 7 * Math.sin(angle(y!)) ** 2 + 0.1 * angle(z!) ** 4 * Math.sin(angle(x!)))
  const { first, total } = sobolIndices(values, 3, 1)
  for (const [i, published] of [0.3139, 0.4424, 0].entries()) {
    assert.ok(Math.abs(first[i]!.value - published) < 0.03, `first ${i}: ${first[i]!.value}`)
    assert.ok(first[i]!.low <= published + 0.01 && first[i]!.high >= published - 0.01)
  }
  for (const [i, published] of [0.5576, 0.4424, 0.2437].entries()) assert.ok(Math.abs(total[i]!.value - published) < 0.03, `total ${i}: ${total[i]!.value}`)
})

test('a function that does not vary, or not with a dimension, gives 0; what is not finite is left out', () => {
  const points = saltelliPoints(2, 64, 1)
  assert.equal(sobolIndices(points.map(() => 5), 2, 1).total.map(({ value }) => value), [0, 0])
  const { total } = sobolIndices(points.map(([x]) => x!), 2, 1)
  assert.is(total[1]!.value, 0)
  assert.ok(Math.abs(total[0]!.value - 1) < 0.35)
  const holes = points.map(([x], i) => (i === 3 ? Number.NaN : x!))
  assert.is(sobolIndices(holes, 2, 1).rows, 63)
})

test.run()
