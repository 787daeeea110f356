/** Why time is spent (DESIGN: causes, in families). A report's "switch overhead" is the family `switch`. Order is
 *  the order of stacks, legends and tables: append only. */
export const families = ['work', 'restore', 'switch', 'memory', 'startup', 'idle'] as const
export type Family = (typeof families)[number]

export const causeFamilies = {
  compute: 'work',
  dispatch: 'work',
  allocate: 'restore',
  'flash-read': 'restore',
  authenticate: 'restore',
  decrypt: 'restore',
  copy: 'restore',
  'world-switch': 'switch',
  'npu-switch': 'switch',
  'npu-init': 'switch',
  'npu-launch': 'switch',
  protect: 'switch',
  unprotect: 'switch',
  'region-program': 'switch',
  'smmu-map': 'switch',
  'tlb-invalidate': 'switch',
  drain: 'switch',
  scrub: 'switch',
  'monitor-resume': 'switch',
  evict: 'memory',
  recall: 'memory',
  'framework-init': 'startup',
  wait: 'idle',
} as const satisfies Record<string, Family>
export type Cause = keyof typeof causeFamilies

export const causes = Object.keys(causeFamilies) as Cause[]
export const causeIndex = Object.fromEntries(causes.map((cause, i) => [cause, i])) as Record<Cause, number>
/** Time of one family among causes. */
export function familyNs(ns: Partial<Record<Cause, number>>, family: Family): number {
  let sum = 0
  for (const [cause, value] of Object.entries(ns) as [Cause, number][]) if (causeFamilies[cause] === family) sum += value
  return sum
}
export const familyOf = (cause: Cause): Family => causeFamilies[cause]
