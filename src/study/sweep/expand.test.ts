import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sweepPoints } from '../../analysis/sweep-tables.js'
import { BadInput } from '../../base/errors.js'
import { axisNames, expand } from './expand.js'
import type { Grid, GridNode } from './grid.js'
import { checkGrid, readGrid, shippedGrids } from './read-grid.js'

const test = suite('grids')
const grid = (...axes: GridNode[]): Grid => ({ schema: 'worldswitch-sweep/1', name: 'x', base: { prompt: 1 }, axes })
const points = (...axes: GridNode[]) => expand(grid(...axes), 'x')

test('products, zips, chains and ranges nest; an axis overrides what is held', () => {
  assert.equal(points({ axis: 'a', values: [1, 2] }, { zip: [{ axis: 'b', values: ['x', 'y'] }, { axis: 'c', from: 1, to: 100, count: 2, scale: 'log' }] }), [
    { prompt: 1, a: 1, b: 'x', c: 1 },
    { prompt: 1, a: 1, b: 'y', c: 100 },
    { prompt: 1, a: 2, b: 'x', c: 1 },
    { prompt: 1, a: 2, b: 'y', c: 100 },
  ])
  const nested = { chain: [{ point: { policy: 'p' } }, { product: [{ axis: 'policy', values: ['q'] }, { axis: 'cache', values: [1, 2] }] }] }
  assert.equal(points(nested, { axis: 'prompt', values: [7] }), [{ prompt: 7, policy: 'p' }, { prompt: 7, policy: 'q', cache: 1 }, { prompt: 7, policy: 'q', cache: 2 }])
  assert.equal(axisNames(grid(nested)), ['policy', 'cache'])
})

test('unequal zips, an axis set twice, a logarithm of 0 and too many points are refused with their place', () => {
  for (const [axes, message] of [
    [[{ zip: [{ axis: 'a', values: [1] }, { axis: 'b', values: [1, 2] }] }], /axes\.0\.zip: expected as many values/],
    [[{ axis: 'a', values: [1] }, { axis: 'a', values: [2] }], /axes\.1: expected each axis once/],
    [[{ axis: 'a', from: 0, to: 1, count: 3, scale: 'log' }], /above 0/],
    [Array.from({ length: 3 }, (_, i) => ({ axis: `a${i}`, from: 0, to: 999, count: 1000 })), /at most 1000000 points/],
  ] as const)
    assert.throws(() => points(...(axes as readonly GridNode[])), (error: unknown) => error instanceof BadInput && message.test(error.message))
})

test('a file that is no grid is refused with the field', () => {
  assert.throws(() => checkGrid({ ...grid({ axis: 'a', values: [] }) }, 'g.json'), /g\.json: axes\.0/)
  assert.throws(() => checkGrid({ ...grid({ axis: 'a', values: [1] }), more: 1 }, 'g.json'), /g\.json: more/)
})

test('every shipped sweep is a grid with a question and a source', async () => {
  const names = await shippedGrids()
  assert.ok(names.length >= 7)
  for (const name of names) {
    const { grid: shipped, file } = await readGrid(name)
    assert.is(shipped.name, name)
    assert.ok(shipped.question!.endsWith('?') && shipped.source !== undefined)
    assert.ok(expand(shipped, file).length > 1)
  }
})

test('lines are medians over draws; divided, each cell is set against its own draw', () => {
  const at = (policy: string, x: number, seed: number) => ({ policy: { text: policy, number: null }, x: { text: `${x}`, number: x }, seed: { text: `${seed}`, number: seed } })
  const cells = [1, 2, 3].flatMap((seed) => [{ at: at('a', 5, seed), value: 10 * seed }, { at: at('b', 5, seed), value: 5 * seed }, { at: at('b', 6, seed), value: null }])
  const plain = sweepPoints(cells, { x: 'x', series: 'policy' })
  assert.equal(plain.map(({ series, xAt, value, cells: n }) => [series, xAt, value, n]), [['a', 5, 20, 3], ['b', 5, 10, 3]])
  const divided = sweepPoints(cells, { x: 'x', series: 'policy', over: 'a' })
  assert.equal(divided.map(({ value, low, high }) => [value, low, high]), [[1, 1, 1], [2, 2, 2]])
})

test.run()
