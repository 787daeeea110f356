import type { ResidencyMechanism } from '../../replay/factors.js'

/** Weights and conversations stay where they are once restored; nobody gets them back. */
export const keepAll = (): ResidencyMechanism => ({
  factor: 'residency',
  id: 'keep-all',
  version: 2,
  summary: 'weights stay resident, whoever else needs the memory',
  source: 'TZ-LLM’s REE-LLM-Memory',
  keeps: true,
  kv: 'keep',
  evictions: () => [],
})
