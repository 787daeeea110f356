import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OwnTime } from './own-time.js'

const own = suite('own time')

type Slice = readonly [startNs: number, endNs: number]
interface Segment {
  readonly row: number
  readonly startNs: number
  readonly endNs: number
  readonly isParent: boolean
}

/** Rows are numbers in order of start, the longer first. */
function swept(slices: readonly Slice[], keepsOverlaps = true): { segments: Segment[]; parents: number[]; kept: number; clipped: number } {
  const segments: Segment[] = []
  const sweep = new OwnTime((row, startNs, endNs, isParent) => segments.push({ row, startNs, endNs, isParent }))
  sweep.keepsOverlaps = keepsOverlaps
  const parents = slices.map(([startNs, endNs], row) => sweep.enter(row, startNs, endNs))
  sweep.finish()
  return { segments, parents, ...sweep.overlaps }
}

own('a caller keeps the time around those it calls', () => {
  const { segments, parents } = swept([[0, 100], [10, 40], [15, 20], [40, 60], [50, 50], [120, 130], [130, 130]])
  assert.equal(
    segments.map(({ row, startNs, endNs, isParent }) => [row, startNs, endNs, isParent]).sort((a, b) => Number(a[1]) - Number(b[1]) || Number(a[2]) - Number(b[2])),
    [
      [0, 0, 10, true],
      [1, 10, 15, true],
      [2, 15, 20, false],
      [1, 20, 40, true],
      [3, 40, 60, false],
      [4, 50, 50, false],
      [0, 60, 100, true],
      [5, 120, 130, false],
      [6, 130, 130, false],
    ],
  )
  assert.equal(parents, [-1, 0, 1, 0, 3, -1, -1])
})

own('slices that overlap and hold each other not: a small overlap is kept, a large one ends the earlier slice', () => {
  const kept = swept([[0, 100], [90, 190]])
  assert.equal([kept.segments.map(({ startNs, endNs }) => [startNs, endNs]), kept.kept, kept.clipped], [[[0, 100], [90, 190]], 1, 0])
  const thread = swept([[0, 100], [90, 190]], false)
  assert.equal([thread.segments.map(({ startNs, endNs }) => [startNs, endNs]), thread.kept, thread.clipped], [[[0, 90], [90, 190]], 0, 1], 'a thread runs one thing at a time')
  const cut = swept([[0, 100], [40, 190]])
  assert.equal([cut.segments.map(({ startNs, endNs }) => [startNs, endNs]), cut.kept, cut.clipped], [[[0, 40], [40, 190]], 0, 1])
  const outlives = swept([[0, 100], [10, 90], [80, 150]])
  assert.equal(outlives.segments.map(({ row, startNs, endNs }) => [row, startNs, endNs]), [[0, 0, 10], [1, 10, 90], [2, 80, 150]])
})

/** A tree of slices: each nests its children one after another, with or without gaps. */
const nested = fc.letrec<{ tree: readonly Slice[]; forest: readonly (readonly Slice[])[] }>((tie) => ({
  tree: fc.tuple(fc.nat(6), fc.nat(6), tie('forest')).map(([before, behind, children]) => {
    const inner = laid(children, before)
    return [[0, Math.max(before, ...inner.map(([, endNs]) => endNs)) + behind] as Slice, ...inner]
  }),
  forest: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('tree'), { maxLength: 3 })),
}))

function laid(trees: readonly (readonly Slice[])[], fromNs: number): Slice[] {
  const all: Slice[] = []
  let at = fromNs
  for (const tree of trees) {
    for (const [startNs, endNs] of tree) all.push([startNs + at, endNs + at])
    at += tree[0]![1] + (tree.length % 2)
  }
  return all.sort((a, b) => a[0] - b[0] || b[1] - a[1])
}

own('every moment that slices cover belongs to exactly one row: the innermost', () => {
  fc.assert(
    fc.property(fc.array(nested.tree, { maxLength: 4 }), (trees) => {
      const slices = laid(trees, 3).filter(([startNs, endNs]) => endNs > startNs)
      const { segments } = swept(slices)
      const last = Math.max(0, ...slices.map(([, endNs]) => endNs))
      for (let at = 0; at < last; at++) {
        const on = slices.map((slice, row) => ({ slice, row })).filter(({ slice: [startNs, endNs] }) => startNs <= at && at < endNs)
        const innermost = on.sort((a, b) => a.slice[1] - a.slice[0] - (b.slice[1] - b.slice[0]) || b.row - a.row)[0]?.row
        const found = segments.filter(({ startNs, endNs }) => startNs <= at && at < endNs).map(({ row }) => row)
        assert.equal(found, innermost === undefined ? [] : [innermost], `at ${at} of ${JSON.stringify(slices)}`)
      }
    }),
    { numRuns: 400 },
  )
})

own('whatever the slices, segments stay inside their slice, none is negative, and only small overlaps are counted twice', () => {
  const slice = fc.tuple(fc.nat(80), fc.nat(50)).map(([startNs, durationNs]): Slice => [startNs, startNs + durationNs])
  fc.assert(
    fc.property(fc.array(slice, { maxLength: 30 }), (some) => {
      const slices = [...some].sort((a, b) => a[0] - b[0] || b[1] - a[1])
      const { segments, kept } = swept(slices)
      let covered = 0
      let twice = 0
      for (let at = 0; at < 140; at++) {
        const on = segments.filter(({ startNs, endNs }) => startNs <= at && at < endNs).length
        if (on > 0) covered++
        if (on > 1) twice++
        assert.is(on > 0, slices.some(([startNs, endNs]) => startNs <= at && at < endNs))
      }
      for (const { row, startNs, endNs } of segments) assert.ok(startNs >= slices[row]![0] && endNs <= slices[row]![1] && endNs >= startNs)
      assert.ok(kept > 0 || twice === 0, JSON.stringify(slices))
      assert.is(segments.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0) >= covered, true)
    }),
    { numRuns: 1000 },
  )
})

own.run()
