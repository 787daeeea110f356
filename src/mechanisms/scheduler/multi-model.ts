import type { SchedulerMechanism } from '../../replay/factors.js'

export interface MultiModelOptions {
  readonly prefetch?: 'on' | 'off'
  readonly prefillFirst?: 'on' | 'off'
}

/** Knows workflows: the next model is restored under this one's compute. The NPU changes world once for a queue of
 *  requests, and a waiting prefill goes before the running request's next token. */
export const multiModel = (options: MultiModelOptions = {}): SchedulerMechanism => ({
  factor: 'scheduler',
  id: 'multi-model',
  version: 1,
  summary: `in order of arrival${options.prefetch === 'off' ? '' : ', the next model of a known workflow restored ahead'}, mode switches batched${options.prefillFirst === 'off' ? '' : ', prefill first'}`,
  source: 'arXiv 2603.09046 §5.3',
  next: () => 0,
  prefetches: options.prefetch !== 'off',
  batchesSwitches: true,
  prefillFirst: options.prefillFirst !== 'off',
})
