import type { Trace } from '../trace/trace.js'

/** Share of ops whose field was inferred, by field and rule; fields in order of name. */
export function inferredShares(trace: Trace): { field: string; rule: string; share: number }[] {
  const count = new Map<string, number>()
  const perSet = new Float64Array(trace.header.ruleSets.length)
  for (let i = 0; i < trace.ops.length; i++) perSet[trace.ops.rules[i]!]!++
  for (const [set, rules] of trace.header.ruleSets.entries())
    for (const [field, rule] of Object.entries(rules)) count.set(`${field}\0${rule}`, (count.get(`${field}\0${rule}`) ?? 0) + perSet[set]!)
  return [...count]
    .filter(([, n]) => n > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, n]) => {
      const [field = '', rule = ''] = key.split('\0')
      return { field, rule, share: n / trace.ops.length }
    })
}
