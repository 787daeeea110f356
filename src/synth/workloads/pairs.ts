import { S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type Workload, type WorkloadRequest } from '../../trace/workload.js'
import { flexserveModels, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

/** Far enough apart for the slowest policy to have ended the pair before. */
const APART_NS = 900 * S

/** Every ordered pair of models: one generates, then the other's first token is waited for. */
export const pairsKind: WorkloadKind = {
  id: 'pairs',
  summary: 'every ordered pair of models: one generates, then the other answers',
  heeds: ['models', 'promptTokens', 'outputTokens'],
  defaults: { models: flexserveModels, requests: 0, hours: 0, promptTokens: 128, outputTokens: 1 },
}

export function pairsWorkload({ name, models, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const requests: WorkloadRequest[] = []
  for (let a = 0; a < models.length; a++)
    for (let b = 0; b < models.length; b++) {
      if (a === b) continue
      const workflow = `${models[a]!.id} → ${models[b]!.id}`
      const arrivalNs = (requests.length / 2) * APART_NS
      requests.push({ id: `${workflow}: first`, model: a, arrivalNs, workflow, promptTokens, outputTokens })
      requests.push({ id: `${workflow}: second`, model: b, arrivalNs, after: [`${workflow}: first`], workflow, promptTokens, outputTokens: 1 })
    }
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `All ${models.length * (models.length - 1)} ordered pairs of ${models.length} models, ${APART_NS / S} s apart: the first generates ${outputTokens} tokens, the second follows at once. The papers' multi-model metric (arXiv 2603.09046 §7.4) is the first's whole generation plus the second's TTFT: the workflow's length here. Prompts of ${promptTokens} tokens; the output length is not published.`,
    source,
    models,
    requests,
    memory: [],
    npu: [],
  }
}
