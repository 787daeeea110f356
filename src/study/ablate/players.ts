import type { Factor } from '../../replay/factors.js'
import { shapley, type Game } from './shapley.js'
import { levelName, type FactorPath } from './steps.js'

/** Who takes part in an ablation: a step of a factor's path, or several that only exist together. */
export interface Player {
  readonly step: string
  readonly factors: readonly Factor[]
  readonly group: string
  /** Factor (its place among the paths) → levels that it moves by. */
  readonly moves: readonly { readonly path: number; readonly from: number }[]
}

const groupNames: Readonly<Record<Factor, string>> = { memory: 'switching: pages (Flex-Mem)', npu: 'switching: NPU (Flex-NPU)', residency: 'memory management', pipeline: 'pipeline', scheduler: 'scheduling', startup: 'start-up' }

/** A player for each step of each path. */
export function singles(paths: readonly FactorPath[]): Player[] {
  return paths.flatMap(({ factor, levels }, path) =>
    levels.slice(1).map((level, from): Player => {
      const before = levels[from]!
      const group = factor === 'npu' && before.mechanism === 'none' ? 'an NPU at all' : factor === 'memory' && level.mechanism !== 'flex-mem' ? 'memory' : factor === 'npu' && level.mechanism !== 'flex-npu' ? 'NPU' : groupNames[factor]
      return { step: `${factor} ${levelName(before)} → ${levelName(level)}`, factors: [factor], group, moves: [{ path, from }] }
    }),
  )
}

/** Where a coalition stands; undefined: a path's later step is taken before its earlier one. */
export function levelsAt(paths: readonly FactorPath[], players: readonly Player[], coalition: number): number[] | undefined {
  const taken = paths.map(() => new Set<number>())
  for (const [p, { moves }] of players.entries()) if ((coalition & (1 << p)) !== 0) for (const { path, from } of moves) taken[path]!.add(from)
  const levels = taken.map((steps) => (Math.max(-1, ...steps) + 1 === steps.size ? steps.size : -1))
  return levels.includes(-1) ? undefined : levels
}

/** Players among whom some order is possible: as they are, else with the fewest merged. */
export function playable(players: readonly Player[], gameOf: (players: readonly Player[]) => Game): { players: readonly Player[]; merged: string[] } {
  let frontier: (readonly Player[])[] = [players]
  for (let depth = 0; depth < players.length; depth++) {
    for (const some of frontier) if (shapley(gameOf(some)) !== undefined) return { players: some, merged: some.filter(({ moves }) => moves.length > 1).map(({ step }) => step) }
    frontier = frontier.flatMap((some) => some.flatMap((first, i) => some.slice(i + 1).map((second) => [...some.filter((one) => one !== first && one !== second), mergedPlayer(first, second)])))
  }
  return { players, merged: [] }
}

const mergedPlayer = (first: Player, second: Player): Player => ({ step: `${first.step} + ${second.step}`, factors: [...new Set([...first.factors, ...second.factors])], group: [...new Set([first.group, second.group])].join(' + '), moves: [...first.moves, ...second.moves] })
