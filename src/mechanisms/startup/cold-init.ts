import type { StartupMechanism } from '../../replay/factors.js'
import { CPU } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

/** The framework boots, reads metadata and builds its tokenizer at every request, on one core. */
export const coldInit = (): StartupMechanism => ({
  factor: 'startup',
  id: 'cold-init',
  version: 1,
  summary: 'the framework initialises at every request',
  source: 'arXiv 2511.13717 Fig. 1: 2.3 s',
  restoreBytes: () => 0,
  begin: (l, after) => l.write.add({ cause: 'framework-init', mask: CPU, rank: rank.compute, durationNs: (c) => c.frameworkInitNs, count: 1 }, after),
})
