import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { interaction, shapley, type Game } from './shapley.js'

const test = suite('Shapley values')

/** Every order, one by one. */
function oracle({ players, possible, worth }: Game): { orders: bigint; marginals: bigint[][] } {
  const width = worth(0).length
  const marginals = Array.from({ length: players }, () => new Array<bigint>(width).fill(0n))
  let orders = 0n
  const visit = (s: number, path: number[]): void => {
    if (!possible(s)) return
    if (path.length === players) {
      orders++
      let at = 0
      for (const player of path) {
        const next = at | (1 << player)
        for (let i = 0; i < width; i++) marginals[player]![i]! += worth(next)[i]! - worth(at)[i]!
        at = next
      }
      return
    }
    for (let p = 0; p < players; p++) if ((s & (1 << p)) === 0) visit(s | (1 << p), [...path, p])
  }
  visit(0, [])
  return { orders, marginals }
}

const games = fc.integer({ min: 1, max: 6 }).chain((players) =>
  fc.record({
    players: fc.constant(players),
    worths: fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.bigInt({ min: -1000n, max: 1000n })), { minLength: 2 ** players, maxLength: 2 ** players }),
    blocked: fc.array(fc.boolean(), { minLength: 2 ** players, maxLength: 2 ** players }),
    blocks: fc.boolean(),
  }),
)

test('are the mean marginals over all possible orders, and sum to the whole exactly', () => {
  fc.assert(
    fc.property(games, ({ players, worths, blocked, blocks }) => {
      const all = 2 ** players - 1
      const game: Game = { players, possible: (s) => s === 0 || s === all || !blocks || !blocked[s]!, worth: (s) => worths[s]! }
      const slow = oracle(game)
      const fast = shapley(game)
      if (slow.orders === 0n) return void assert.is(fast, undefined)
      assert.is(fast!.orders, slow.orders)
      assert.equal(fast!.marginals, slow.marginals)
      for (const i of [0, 1] as const) assert.is(fast!.marginals.reduce((sum, of) => sum + of[i]!, 0n), fast!.orders * (worths[all]![i] - worths[0]![i]))
      const means = fast!.mean((s) => Number(worths[s]![1]))
      for (let p = 0; p < players; p++) assert.ok(Math.abs(means[p]! - Number(fast!.marginals[p]![1]!) / Number(fast!.orders)) < 1e-6)
    }),
    { numRuns: 300, seed: 7 },
  )
})

test('an additive game has no interactions; a blocked square is not identified', () => {
  const worth = (s: number): number => [3, 5, 11].reduce((sum, of, p) => sum + ((s & (1 << p)) === 0 ? 0 : of), 0)
  const game: Game = { players: 3, possible: () => true, worth: (s) => [BigInt(worth(s))] }
  assert.equal(interaction(game, 0, 2, worth), { squares: 2, mean: 0 })
  assert.equal(interaction({ ...game, possible: (s) => s !== 1 && s !== 3 }, 0, 2, worth), { squares: 0, mean: null })
})

test.run()
