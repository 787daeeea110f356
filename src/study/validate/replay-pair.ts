import { GiB } from '../../base/units.js'
import { costsOf } from '../../device/costs.js'
import { policyOf } from '../../policies/policies.js'
import { latencies, serve } from '../../replay/replay.js'
import type { RequestSource } from '../../replay/request-source.js'
import { WORKLOAD_SCHEMA, type Workload } from '../../trace/workload.js'
import type { ResolvedDevice } from '../device.js'
import type { Pair, PairOptions } from './pair.js'
import { workloadRequests } from '../workload-requests.js'

/** An agent's two models in INT8, one behind the other: the first's whole generation plus the second's TTFT, in ns. */
export function replayPair({ first, second }: Pair, policyReference: string, options: PairOptions, device: ResolvedDevice): number {
  const { promptTokens, generated, pressureGiB, cacheBytes, kvReuse } = options
  const workload: Workload = {
    schema: WORKLOAD_SCHEMA,
    name: 'pair',
    note: '',
    source: '',
    models: [first, second].map((id) => ({ id, quant: 'int8' })),
    requests: [
      { id: 'first', model: 0, arrivalNs: 0, promptTokens, outputTokens: generated },
      { id: 'second', model: 1, arrivalNs: 0, after: ['first'], promptTokens, outputTokens: 1 },
    ],
    memory: [],
    npu: [],
  }
  const replayed = serve({
    source: withReuse(workloadRequests(workload, device.profile), kvReuse),
    policy: policyOf(policyReference),
    costs: costsOf(device.values, device.choices),
    pressureBytes: pressureGiB * GiB,
    initial: { cached: 0, ...(cacheBytes > 0 ? { cachedBytes: cacheBytes } : {}), protection: false },
  })
  const [a, b] = latencies(replayed)
  return a!.e2eNs + b!.ttftNs
}

/** A share of the second prompt lies in the KV cache: only the rest is computed. */
function withReuse(source: RequestSource, share: number): RequestSource {
  return {
    ...source,
    ops: (request, pastTokens, promptTokens) => {
      const cached = request === 1 ? Math.min(promptTokens - 1, Math.round(promptTokens * share)) : 0
      return source.ops(request, pastTokens + cached, promptTokens - cached)
    },
  }
}
