import { GiB, S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type Workload } from '../../trace/workload.js'
import { int8, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

const APART_NS = 600 * S
const TO_GIB = 10

/** The same request while the normal world holds more and more. */
export const pressureKind: WorkloadKind = {
  id: 'pressure',
  summary: 'the same request at 0, 1, … 10 GiB of memory pressure',
  heeds: ['models', 'promptTokens', 'outputTokens'],
  defaults: { models: int8('llama-3.1-8b'), requests: 0, hours: 0, promptTokens: 128, outputTokens: 8 },
}

export function pressureWorkload({ name, models, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const levels = Array.from({ length: TO_GIB + 1 }, (_, gib) => gib)
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `One request of ${models[0]!.id} every ${APART_NS / S} s, the normal world's demand a GiB higher each time, 0 to ${TO_GIB} GiB: the range of arXiv 2603.09046 §7.3 (prompt 128). Each request is meant to start cold: replay it with residency=release or a policy that keeps nothing.`,
    source,
    models: models.slice(0, 1),
    requests: levels.map((gib) => ({ id: `${gib} GiB`, model: 0, arrivalNs: gib * APART_NS + 60 * S, promptTokens, outputTokens })),
    memory: levels.map((gib) => ({ atNs: gib * APART_NS, demandBytes: gib * GiB })),
    npu: [],
  }
}
