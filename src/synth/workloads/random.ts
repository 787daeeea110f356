import { S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type Workload } from '../../trace/workload.js'
import { draws } from '../draws.js'
import { flexserveModels, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

/** Requests of several models at random. */
export const randomKind: WorkloadKind = {
  id: 'random',
  summary: 'requests of several models, one independent of the other',
  heeds: ['models', 'requests', 'hours', 'promptTokens', 'outputTokens'],
  defaults: { models: flexserveModels, requests: 60, hours: 1, promptTokens: 128, outputTokens: 32 },
}

export function randomWorkload({ name, seed, models, requests, hours, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const gaps = draws(seed, 'random.arrival')
  const which = draws(seed, 'random.model')
  const prompts = draws(seed, 'random.prompt')
  const outputs = draws(seed, 'random.output')
  let atNs = 0
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `Random requests of ${models.length} models (arXiv 2603.09046 §7.4 tests such with a 4 GB cache: cache=4GiB; nothing else of its workload is published). Assumed: Poisson arrivals, ${requests} in about ${hours} h; models evenly; prompts lognormal around ${promptTokens} tokens (sigma 0.7, 16 to 2048), outputs around ${outputTokens} (sigma 0.6, 1 to 512).`,
    source,
    models,
    requests: Array.from({ length: requests }, (_, i) => ({
      id: `r${i}`,
      model: which.upTo(models.length),
      arrivalNs: (atNs += Math.round(gaps.exponential((hours * 3600 * S) / requests))),
      promptTokens: prompts.lognormal(promptTokens, 0.7, 16, 2048),
      outputTokens: outputs.lognormal(outputTokens, 0.6, 1, 512),
    })),
    memory: [],
    npu: [],
  }
}
