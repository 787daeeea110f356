import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probit } from 'simple-statistics'
import { uniformStream } from '../base/random.js'
import { pairedDifference } from './paired.js'
import { interval } from './quantiles.js'

const test = suite('calibrated intervals')

/**
 * Known truth: a result that is lognormal in what a device leaves open (median 1 s, σ of the logarithm 0.3). Estimator: the
 * 2.5 and 97.5 % quantiles over 400 draws, which is what every headline prints. A further draw must lie between them in
 * 95 % of 2 000 seeded trials.
 */
test('95 % of further draws lie within the quantiles of 400 draws: between 93 and 97 % of 2 000 trials', () => {
  const next = uniformStream(20261127, 'calibration')
  const draw = (): number => 1e9 * Math.exp(0.3 * probit(next()))
  let covered = 0
  for (let trial = 0; trial < 2000; trial++) {
    const { lowNs, highNs } = interval(Array.from({ length: 400 }, draw))
    const further = draw()
    if (further >= lowNs && further <= highNs) covered++
  }
  assert.ok(covered >= 1860 && covered <= 1940, `${covered} of 2000`)
})

/** The same for a paired difference of two such results that share most of what is open. */
test('paired differences of 400 draws cover a further one as often, and say what is within the spread', () => {
  const next = uniformStream(20261127, 'pairs')
  const pair = (): [number, number] => {
    const shared = probit(next())
    return [1e9 * Math.exp(0.3 * shared + 0.05 * probit(next())), 1.02e9 * Math.exp(0.3 * shared + 0.05 * probit(next()))]
  }
  let covered = 0
  for (let trial = 0; trial < 2000; trial++) {
    const drawn = Array.from({ length: 400 }, pair)
    const found = pairedDifference(drawn.map(([a]) => a), drawn.map(([, b]) => b), 0)!
    const [a, b] = pair()
    if (a - b >= found.lowNs && a - b <= found.highNs) covered++
    if (trial === 0) assert.match(found.words, /within the spread/)
  }
  assert.ok(covered >= 1860 && covered <= 1940, `${covered} of 2000`)
})

test('differences that never change sign are said to be beyond what is uncertain; holes are left out', () => {
  const first = [1, 2, 3, Number.NaN]
  const second = [2, 4, 6, 1]
  const found = pairedDifference(first, second, -1)!
  assert.equal([found.draws, found.probability, found.words], [3, 1, 'faster, beyond what is uncertain'])
  assert.ok(found.monteCarloError > 0)
  assert.is(pairedDifference(second, first, 1)!.words, 'slower, beyond what is uncertain')
  assert.is(pairedDifference([5, 5], [5, 5], 0)!.words, 'the same in every draw')
  assert.is(pairedDifference([], [], 0), undefined)
})

test.run()
