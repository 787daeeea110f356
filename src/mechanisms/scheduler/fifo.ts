import type { SchedulerMechanism } from '../../replay/factors.js'

/** One request at a time, in order of arrival (ties: order of the trace). */
export const fifo = (): SchedulerMechanism => ({
  factor: 'scheduler',
  id: 'fifo',
  version: 2,
  summary: 'one request at a time, in order of arrival',
  source: 'baselines of arXiv 2603.09046',
  next: () => 0,
  prefetches: false,
  batchesSwitches: false,
  prefillFirst: false,
})
