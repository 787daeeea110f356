/** Cycles of an accelerator as ns. `nsACycle` NaN: the file has no clock, and a cycle counts as 1 ns: shares between
 *  ops are right then, times are not, and the rule says so. */
export function cyclesToNs(cycles: number, nsACycle: number, rule = 'cycles-by-root-time'): { durationNs: number; rule: string } {
  return Number.isNaN(nsACycle) ? { durationNs: Math.round(cycles), rule: 'cycles-without-clock' } : { durationNs: Math.round(cycles * nsACycle), rule }
}

export const NO_CLOCK_NOTE = 'the file has cycles and no clock: a cycle counts as 1 ns, so shares between ops are right and times are not'
