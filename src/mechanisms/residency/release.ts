import type { ResidencyMechanism } from '../../replay/factors.js'

/** Everything is given back after the last token; the next request starts cold. */
export const release = (): ResidencyMechanism => ({
  factor: 'residency',
  id: 'release',
  version: 1,
  summary: 'memory is given back after each request',
  source: 'baselines of arXiv 2603.09046 and 2511.13717',
  keeps: false,
})
