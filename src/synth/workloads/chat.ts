import { S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type Workload } from '../../trace/workload.js'
import { draws } from '../draws.js'
import { int8, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

/** One conversation of many turns. */
export const chatKind: WorkloadKind = {
  id: 'chat',
  summary: 'one conversation of many turns, whose KV cache grows',
  heeds: ['models', 'requests', 'promptTokens', 'outputTokens'],
  defaults: { models: int8('llama-3.2-3b'), requests: 16, hours: 0, promptTokens: 40, outputTokens: 60 },
}

export function chatWorkload({ name, seed, models, requests, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const prompts = draws(seed, 'chat.prompt')
  const outputs = draws(seed, 'chat.output')
  const think = draws(seed, 'chat.think')
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `A conversation of ${requests} turns with ${models[0]!.id}. Assumed: turns of about ${promptTokens} tokens in (lognormal, sigma 0.8, 4 to 1024) and ${outputTokens} out (sigma 0.5, 1 to 512), think times lognormal around 20 s (2 to 120 s).`,
    source,
    models: models.slice(0, 1),
    requests: Array.from({ length: requests }, (_, i) => ({
      id: `turn${i}`,
      model: 0,
      arrivalNs: 0,
      ...(i === 0 ? {} : { after: [`turn${i - 1}`], thinkNs: think.lognormal(20, 0.8, 2, 120) * S }),
      session: 'chat',
      promptTokens: prompts.lognormal(promptTokens, 0.8, 4, 1024),
      outputTokens: outputs.lognormal(outputTokens, 0.5, 1, 512),
    })),
    memory: [],
    npu: [],
  }
}
