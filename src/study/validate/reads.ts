import type { Costs } from '../../device/costs.js'
import type { ChoiceId, ParameterId } from '../../device/profile.js'

/** What was read of a device's costs: `name` or `sample.name` → value. */
export type Reads = ReadonlyMap<string, unknown>

/** Costs that note what is read of them. Use them for one replay, then ask. */
export function recordReads(costs: Costs): { recorded: Costs; reads: () => Reads } {
  const reads = new Map<string, unknown>()
  const noting = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(from, name) {
        const value: unknown = Reflect.get(from, name)
        if (value !== null && typeof value === 'object') return noting(value, `${prefix}${String(name)}.`)
        reads.set(`${prefix}${String(name)}`, value)
        return value
      },
    })
  return { recorded: noting(costs, ''), reads: () => new Map(reads) }
}

/** Whether other costs have the same values wherever the replay looked: then it would run the same course. */
export function sameReads(reads: Reads, costs: Costs): boolean {
  for (const [path, value] of reads) if (valueAt(costs, path) !== value) return false
  return true
}

function valueAt(costs: Costs, path: string): unknown {
  // Parameters have dots in their names: only these two are levels.
  if (path.startsWith('sample.')) return costs.sample[path.slice('sample.'.length) as ParameterId]
  if (path.startsWith('choices.')) return costs.choices[path.slice('choices.'.length) as ChoiceId]
  return costs[path as keyof Costs]
}
