import { S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type Workload, type WorkloadRequest } from '../../trace/workload.js'
import { draws } from '../draws.js'
import { int8, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

/** Agents whose workflow is known: a router, a worker, the router again. */
export const chainedKind: WorkloadKind = {
  id: 'chained',
  summary: 'agent workflows: a small router decides, a large worker answers, the router checks',
  heeds: ['models', 'requests', 'hours', 'promptTokens', 'outputTokens'],
  defaults: { models: int8('qwen3-1.7b', 'llama-3.1-8b'), requests: 8, hours: 0.25, promptTokens: 128, outputTokens: 48 },
}

export function chainedWorkload({ name, seed, models, requests, hours, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const gaps = draws(seed, 'chained.arrival')
  const outputs = draws(seed, 'chained.output')
  const worker = models.length - 1
  let atNs = 0
  const made: WorkloadRequest[] = []
  for (let w = 0; w < requests; w++) {
    const workflow = `w${w}`
    const step = (id: string, model: number, prompt: number, output: number, after?: string): void => {
      made.push({ id: `${workflow}.${id}`, model, arrivalNs: atNs, ...(after === undefined ? {} : { after: [`${workflow}.${after}`] }), workflow, promptTokens: prompt, outputTokens: output })
    }
    step('route', 0, promptTokens, 8)
    step('work', worker, promptTokens * 2, outputs.lognormal(outputTokens, 0.4, 8, 256), 'route')
    step('check', 0, promptTokens + outputTokens, 4, 'work')
    atNs += Math.round(gaps.exponential((hours * 3600 * S) / requests))
  }
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `${requests} runs of one known agent workflow: ${models[0]!.id} routes (${promptTokens} tokens in, 8 out), ${models[worker]!.id} works (${promptTokens * 2} in, about ${outputTokens} out), ${models[0]!.id} checks (4 out). Assumed throughout: "a known workflow" is all that arXiv 2603.09046 tells; runs start as a Poisson process over about ${hours} h.`,
    source,
    models,
    requests: made,
    memory: [],
    npu: [],
  }
}
