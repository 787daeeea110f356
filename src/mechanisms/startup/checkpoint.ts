import type { StartupMechanism } from '../../replay/factors.js'

/** The initialised framework's state is restored from flash as the pipeline's first piece. */
export const checkpoint = (): StartupMechanism => ({
  factor: 'startup',
  id: 'checkpoint',
  version: 1,
  summary: 'framework state restored from flash ahead of the weights',
  source: 'arXiv 2511.13717 §4: checkpoint; 140.6 MB by its Fig. 1',
  restoreBytes: (costs) => costs.checkpointBytes,
  begin: (_l, after) => after,
})
