import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bisectAll, crossings } from './crossings.js'

const test = suite('break-even')

test('bisection ends within the asked precision of a monotone curve’s crossing, many at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 8 }), async (roots) => {
      const curve = (i: number, x: number): number => (roots[i]![1] ? roots[i]![0] - x : x - roots[i]![0]) + 1
      const stretches = roots.map(([root, falls]) => ({ from: root / 3, to: root * 4, falls }))
      const found = await bisectAll(stretches, 1, 1e-9, (points) => Promise.resolve(points.map((x, i) => curve(i, x))))
      for (const [i, [root]] of roots.entries()) assert.ok(Math.abs(found[i]! - root) <= 1e-8 * root + 1e-12)
    }),
    { numRuns: 100, seed: 3 },
  )
})

test('every crossing of a curve that comes and goes is found, none across a hole', () => {
  assert.equal(crossings([1, 2, 3, 4, 5, 6], [3, 0.5, 2, Number.NaN, 0.5, 1], 1), [
    { from: 1, to: 2, falls: true },
    { from: 2, to: 3, falls: false },
    { from: 5, to: 6, falls: false },
  ])
})

test.run()
