import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Overlaps } from './overlaps.js'

const overlaps = suite('overlaps')

type Op = readonly [startNs: number, durationNs: number, lane?: number]
function durations(ops: readonly Op[]): { durations: number[]; found: Overlaps } {
  const found = new Overlaps()
  ops.forEach(([startNs, durationNs, lane = 0], seq) => found.see(lane, seq, startNs, durationNs))
  return { durations: ops.map(([, durationNs], seq) => found.durationNs(seq, durationNs)), found }
}

overlaps('an op that reaches over the next one of its lane ends where that begins', () => {
  const { durations: ns, found } = durations([[0, 50], [60, 1_600_000], [100, 60], [170, 30]])
  assert.equal(ns, [50, 40, 60, 30])
  assert.equal([found.clipped, found.clippedNs, found.kept], [1, 1_600_000 - 40, 0])
})

overlaps('less than half of the shorter one is kept and counted, half of it is not', () => {
  const kept = durations([[0, 100], [91, 20], [111, 5]])
  assert.equal([kept.durations, kept.found.kept, kept.found.clipped], [[100, 20, 5], 1, 0])
  const cut = durations([[0, 100], [90, 20]])
  assert.equal([cut.durations, cut.found.kept, cut.found.clipped], [[90, 20], 0, 1])
})

overlaps('lanes do not disturb each other; a moment within an op does not end it', () => {
  assert.equal(durations([[0, 100, 0], [10, 100, 70], [105, 5, 0]]).found.clipped, 0)
  const { durations: ns, found } = durations([[0, 100], [40, 0], [45, 100]])
  assert.equal([ns, found.clipped], [[45, 0, 100], 1])
  assert.is(durations([[0, 100], [50, 0], [100, 7]]).found.clipped, 0)
})

overlaps('of two neighbours of a lane the first is cut where the rule says it, whatever else there is', () => {
  const op = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 }))
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), (unsorted) => {
      const ops = [...unsorted].sort(([a], [b]) => a - b)
      const { durations: ns, found } = durations(ops)
      let cutNs = 0
      const expected = ops.map(([startNs, durationNs, lane], i) => {
        const next = ops.slice(i + 1).find(([, nextNs, nextLane]) => nextNs > 0 && nextLane === lane)
        if (next === undefined || durationNs === 0) return durationNs
        const sharedNs = [...Array(durationNs).keys()].filter((at) => startNs + at >= next[0] && startNs + at < next[0] + next[1]).length
        if (sharedNs === 0 || sharedNs < durationNs / 2 && sharedNs < next[1] / 2) return durationNs
        cutNs += durationNs - (next[0] - startNs)
        return next[0] - startNs
      })
      assert.equal(ns, expected)
      assert.is(found.clippedNs, cutNs)
    }),
    { numRuns: 500 },
  )
})

overlaps.run()
