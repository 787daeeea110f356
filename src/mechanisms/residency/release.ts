import type { ResidencyMechanism } from '../../replay/factors.js'

/** Everything is given back after the last token; the next request starts cold. */
export const release = (): ResidencyMechanism => ({
  factor: 'residency',
  id: 'release',
  version: 2,
  summary: 'given back after the last token',
  source: 'strawmen of arXiv 2603.09046 and 2511.13717',
  keeps: false,
  kv: 'drop',
  evictions: ({ models }) =>
    models.flatMap(({ model, inUse, units }) => (inUse ? [] : [...units].reverse().map(({ layer, residentBytes }) => ({ model, layer, bytes: residentBytes })))),
})
