import { S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type Workload } from '../../trace/workload.js'
import { flexserveModels, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

const APART_NS = 900 * S
const PROMPTS = [32, 128, 512]

/** The papers' single requests. */
export const gridKind: WorkloadKind = {
  id: 'grid',
  summary: 'single requests: models × prompts of 32, 128 and 512 tokens',
  heeds: ['models', 'outputTokens'],
  defaults: { models: flexserveModels, requests: 0, hours: 0, promptTokens: 128, outputTokens: 8 },
}

export function gridWorkload({ name, models, outputTokens, source }: WorkloadOptions): Workload {
  const cases = models.flatMap(({ id }, model) => PROMPTS.map((promptTokens) => ({ id: `${id}, ${promptTokens} tokens`, model, promptTokens })))
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `Single requests, ${APART_NS / S} s apart so that none meets another: ${models.length} models × prompts of ${PROMPTS.join(', ')} tokens (arXiv 2511.13717 §7.1; arXiv 2603.09046 has 128). Output of ${outputTokens} tokens is assumed. Each is meant to start cold: replay with residency=release or a policy that keeps nothing.`,
    source,
    models,
    requests: cases.map((one, i) => ({ ...one, arrivalNs: i * APART_NS, outputTokens })),
    memory: [],
    npu: [],
  }
}
