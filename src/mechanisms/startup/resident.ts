import type { StartupMechanism } from '../../replay/factors.js'

/** The TA and its framework are running. */
export const resident = (): StartupMechanism => ({
  factor: 'startup',
  id: 'resident',
  version: 1,
  summary: 'the framework is initialised and waits',
  source: 'FlexServe’s prototype (assumed: its means are met only without an initialisation)',
  restoreBytes: () => 0,
  begin: (_l, after) => after,
})
