import type { ResidencyMechanism } from '../../replay/factors.js'

/** Weights stay where they are once restored. */
export const keepAll = (): ResidencyMechanism => ({
  factor: 'residency',
  id: 'keep-all',
  version: 1,
  summary: 'weights stay resident',
  source: 'TZ-LLM’s REE-LLM-Memory',
  keeps: true,
})
