import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agentPairs, orderedPairs, pairClaims, type ReplayPair } from './agent-pairs.js'
import type { PairOptions } from './pair.js'

const test = suite('agent pairs')

/** Flexserve takes a second, a baseline as many as its pair's place, OPT a tenth of that. */
function counted(asked: string[], options: PairOptions[]): ReplayPair {
  return (pair, policy, how) => {
    asked.push(policy)
    options.push(how)
    const place = 1 + orderedPairs.findIndex(({ first, second }) => first === pair.first && second === pair.second)
    return Promise.resolve(policy.startsWith('flexserve') ? 1e9 : policy === 'strawman' ? place * 1e9 : (13 - place) * 1e8)
  }
}

test('all 12 ordered pairs of different models; flexserve alone has a cache of 4 GiB', async () => {
  assert.is(new Set(orderedPairs.map(({ first, second }) => `${first} ${second}`)).size, 12)
  assert.not(orderedPairs.some(({ first, second }) => first === second))
  const asked: string[] = []
  const options: PairOptions[] = []
  const { results, best } = await agentPairs(counted(asked, options), 8)
  assert.is(results.length, 12)
  assert.equal([...new Set(asked)], ['flexserve?cache=4294967296', 'strawman', 'optimized-strawman'])
  for (const [i, how] of options.entries()) assert.equal(how, { promptTokens: 128, generated: 8, pressureGiB: 8, cacheBytes: asked[i]!.startsWith('flexserve') ? 4 * 1024 ** 3 : 0, kvReuse: 0 })
  assert.equal([best.strawman.strawman, best.optimizedStrawman.optimizedStrawman], [12, 1.2])
  assert.equal([best.strawman.first, best.strawman.second], [orderedPairs[11]!.first, orderedPairs[11]!.second])
})

test('V05 and V06 are the maxima, with the whole distribution and the other readings beside them', async () => {
  const [headline, longer, inside] = await Promise.all([agentPairs(counted([], []), 1), agentPairs(counted([], []), 32), agentPairs(counted([], []), 1, 'optimized-strawman?allocate=inside')])
  const [v05, v06] = pairClaims(headline!, [longer!], inside!)
  const see = { pair: (_pair: unknown, policy: string) => (policy === 'strawman' ? 12e9 : 1e9) } as unknown as Parameters<NonNullable<typeof v05>['predict']>[0]
  assert.equal(v05!.predict(see), [{ label: 'maximum over pairs', value: 12 }])
  assert.equal(v06!.readings.map(({ id }) => id), ['allocate=inside', 'generated=32'])
  assert.match(v05!.notes[0]!, /generates 1: the most is qwen3-8b then llama-3\.1-8b; over 12 pairs 1\.00× to 12\.00×, median 6\.50×/)
})

test.run()
