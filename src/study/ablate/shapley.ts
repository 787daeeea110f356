/** A game over at most 30 players: which coalitions can exist, and what each is worth, as whole numbers (a vector). */
export interface Game {
  readonly players: number
  possible(coalition: number): boolean
  /** Of possible coalitions; vectors of one length. */
  worth(coalition: number): readonly bigint[]
}

/** Each player's mean marginal over all orders of joining whose every prefix is possible: `marginals[player][i] / orders`,
 *  exact. They sum to worth(all) − worth(none) to the last digit. */
export interface Shapley {
  /** How many such orders there are. */
  readonly orders: bigint
  readonly marginals: readonly (readonly bigint[])[]
  /** On average over the same orders, of a number that is not whole. */
  mean(worth: (coalition: number) => number): number[]
}

/** Undefined: no order is possible. Orders are counted over the lattice of coalitions, not enumerated: an edge from one
 *  coalition to the next lies on (orders that reach it) × (orders that go on from there) of them. O(2ⁿ · n). */
export function shapley({ players, possible, worth }: Game): Shapley | undefined {
  const all = 2 ** players - 1
  const to = new Array<bigint>(all + 1).fill(0n) // orders from none to here
  const from = new Array<bigint>(all + 1).fill(0n) // orders from here to all
  if (!possible(0) || !possible(all)) return undefined
  to[0] = from[all] = 1n
  for (let s = 0; s <= all; s++) if (to[s]! > 0n) for (let p = 0; p < players; p++) if ((s & (1 << p)) === 0 && possible(s | (1 << p))) to[s | (1 << p)]! += to[s]!
  for (let s = all; s >= 0; s--) if (possible(s)) for (let p = 0; p < players; p++) if ((s & (1 << p)) === 0) from[s]! += from[s | (1 << p)]!
  const orders = to[all]!
  if (orders === 0n) return undefined
  const edges: { player: number; s: number; weight: bigint }[] = []
  for (let s = 0; s <= all; s++)
    for (let player = 0; player < players; player++) {
      if ((s & (1 << player)) !== 0) continue
      const weight = to[s]! * from[s | (1 << player)]!
      if (weight > 0n) edges.push({ player, s, weight })
    }
  const width = worth(0).length
  const marginals = Array.from({ length: players }, () => new Array<bigint>(width).fill(0n))
  for (const { player, s, weight } of edges) {
    const [before, after, sum] = [worth(s), worth(s | (1 << player)), marginals[player]!]
    for (let i = 0; i < width; i++) sum[i]! += weight * (after[i]! - before[i]!)
  }
  return {
    orders,
    marginals,
    mean(value) {
      const means = new Array<number>(players).fill(0)
      for (const { player, s, weight } of edges) means[player]! += (Number(weight) / Number(orders)) * (value(s | (1 << player)) - value(s))
      return means
    },
  }
}

/** Mean second difference of two players over the squares of four possible coalitions: what they are worth together beyond
 *  what each is alone. `squares` 0: not identified. */
export function interaction({ players, possible }: Game, first: number, second: number, worth: (coalition: number) => number): { readonly squares: number; readonly mean: number | null } {
  const both = (1 << first) | (1 << second)
  let squares = 0
  let sum = 0
  for (let s = 0; s < 2 ** players; s++) {
    const corners = [s, s | (1 << first), s | (1 << second), s | both] as const
    if ((s & both) !== 0 || !corners.every(possible)) continue
    squares++
    sum += worth(corners[3]) - worth(corners[1]) - worth(corners[2]) + worth(corners[0])
  }
  return { squares, mean: squares === 0 ? null : sum / squares }
}
