import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Prediction } from './claim.js'
import type { PublishedClaim, PublishedPart } from './published.js'
import { publishedClaims } from './published-files.js'
import { apart, claimScore, isMet, movement, scorePart, scoreParts } from './score.js'

const test = suite('scoring')
const near = (found: number | null, expected: number, within = 1e-12): void => assert.ok(found !== null && Math.abs(found - expected) < within, `${found} is not ${expected}`)
const claim = (id: string): PublishedClaim => publishedClaims().find((one) => one.id === id)!
const ratio: PublishedPart = { label: 'r', unit: '×', accounts: [{ value: 10, where: 'abstract' }, { value: 5, where: 'text' }], tolerance: { low: 4.5, high: 11 } }
const range: PublishedPart = { label: 'r', unit: '%', range: { low: 10, high: 20 } }
const atMost: PublishedPart = { label: 'r', unit: '×', range: { low: null, high: 2 } }

test('a ratio is off by its logarithm, against the nearer of two accounts, both shown', () => {
  const { errors, error, verdict } = scorePart(ratio, { label: 'r', value: 8 })
  near(error, Math.log(10 / 8))
  assert.equal(errors.map(({ where }) => where), ['abstract', 'text'])
  near(errors[1]!.error, Math.log(8 / 5))
  assert.is(verdict, 'inside')
  assert.is(scorePart(ratio, { label: 'r', value: 12 }).verdict, 'outside')
})

test('a percentage is off by points, whatever its size', () => {
  near(apart('%', 0.9, 23.3), 0.224)
  near(apart('%', -4.9, -1.5), 0.034)
})

test('the headline takes a percentage by its logarithm too; the other side of zero is a factor of ten; a range has none', () => {
  const share: PublishedPart = { label: 'r', unit: '%', accounts: [{ value: 4.41, where: 'a' }] }
  near(scorePart(share, { label: 'r', value: 2.98 }).logError, 0.39195, 1e-5)
  near(scorePart(share, { label: 'r', value: 0 }).logError, Math.LN10)
  near(scorePart(share, { label: 'r', value: -4 }).logError, Math.LN10)
  assert.is(scorePart(range, { label: 'r', value: 15 }).logError, null)
})

test('a range is off by the distance outside it, its worse end first; a bound has one end', () => {
  near(scorePart(range, { label: 'r', low: 8, high: 21 }).error, 0.02)
  const inside = scorePart(range, { label: 'r', low: 10, high: 20 })
  assert.equal([inside.error, inside.verdict], [0, 'inside'])
  assert.is(scorePart(range, { label: 'r', value: 9.99 }).verdict, 'outside')
  assert.is(scorePart(atMost, { label: 'r', value: 0.1 }).verdict, 'inside')
  near(scorePart(atMost, { label: 'r', value: 4 }).error, Math.log(2))
})

test('a number without a tolerance is neither inside nor outside', () => {
  const { verdict, error } = scorePart({ label: 'r', unit: 'ms', accounts: [{ value: 10, where: 'a' }] }, { label: 'r', value: 20 })
  assert.is(verdict, 'no tolerance')
  near(error, Math.log(2))
  assert.equal([isMet(verdict, error), isMet(verdict, 0.05), isMet('not reproduced', null), isMet('outside', 0)], [false, true, true, false])
})

test('a claim is as good as its worst part; beside a shape numbers are not judged', () => {
  const v26 = claim('V26')
  const parts = scoreParts(v26, [{ label: 'TTFT', value: 1957.7 }, { label: 'decode', value: 7.77 / 2 }])
  near(claimScore(v26, parts).error, Math.log(2))
  const v17 = claim('V17')
  const ranges: Prediction[] = ['32 tokens', '128 tokens', '512 tokens'].map((label) => ({ label, low: 90, high: 99 }))
  const shape = claimScore(v17, scoreParts(v17, [{ label: 'peak at 128', holds: true, finding: '' }, ...ranges]))
  assert.equal(shape, { verdict: 'holds', error: null, logError: null })
  const v16 = claim('V16')
  const partly = claimScore(v16, scoreParts(v16, [{ label: 'fixed prompts', low: 80, high: 90 }, { label: 'three benchmarks', unknown: 'why' }]))
  assert.equal(partly, { verdict: 'inside', error: 0, logError: null })
})

test('predictions must be the claim’s own', () => {
  assert.throws(() => scoreParts(claim('V26'), [{ label: 'TTFT', value: 1 }]), /1 predictions for 2 parts/)
  assert.throws(() => scoreParts(claim('V03'), [{ label: 'other', value: 1 }]), /nothing is predicted for mean overhead/)
  assert.throws(() => scorePart(ratio, { label: 'r', holds: true, finding: '' }), /a shape is predicted for a shape only/)
})

test('what moves a claim is measured as its error is', () => {
  near(movement(claim('V03'), [{ label: 'mean overhead', value: 3 }], [{ label: 'mean overhead', value: 5 }]), 0.02)
  near(movement(claim('V01'), [{ label: 'mean', value: 3 }], [{ label: 'mean', value: 6 }]), Math.log(2))
})

test.run()
