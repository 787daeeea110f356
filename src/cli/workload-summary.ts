import { quantileSorted } from 'simple-statistics'
import { formatNs } from '../base/units.js'
import type { Workload } from '../trace/workload.js'

/** What a list of workloads says of one; times in ns, lengths in tokens. */
export interface WorkloadSummary {
  readonly name: string
  readonly requests: number
  readonly models: readonly string[]
  /** From the first request that comes of its own to the last. */
  readonly spanNs: number
  readonly promptTokens: { readonly p50: number; readonly max: number; readonly sum: number }
  readonly outputTokens: { readonly p50: number; readonly max: number; readonly sum: number }
  readonly workflows: number
  readonly sessions: number
  readonly memoryEvents: number
  readonly npuJobs: number
}

export function workloadSummary({ name, requests, models, memory, npu }: Workload): WorkloadSummary {
  const lengths = (of: (request: Workload['requests'][number]) => number): { p50: number; max: number; sum: number } => {
    const sorted = requests.map(of).sort((a, b) => a - b)
    return { p50: quantileSorted(sorted, 0.5), max: sorted[sorted.length - 1]!, sum: sorted.reduce((sum, n) => sum + n, 0) }
  }
  const arrivals = requests.map(({ arrivalNs }) => arrivalNs)
  return {
    name,
    requests: requests.length,
    models: models.map(({ id, quant }) => `${id} ${quant}`),
    spanNs: arrivals.reduce((latest, ns) => Math.max(latest, ns), 0) - arrivals.reduce((first, ns) => Math.min(first, ns), Infinity),
    promptTokens: lengths(({ promptTokens }) => promptTokens),
    outputTokens: lengths(({ outputTokens }) => outputTokens),
    workflows: new Set(requests.flatMap(({ workflow }) => workflow ?? [])).size,
    sessions: new Set(requests.flatMap(({ session }) => session ?? [])).size,
    memoryEvents: memory.length,
    npuJobs: npu.length,
  }
}

export const summaryCells = (summary: WorkloadSummary, where: string): Record<string, string | number> => ({
  name: summary.name,
  where,
  requests: summary.requests,
  models: summary.models.join(', '),
  span: formatNs(summary.spanNs),
  'prompt p50': summary.promptTokens.p50,
  'output p50': summary.outputTokens.p50,
  workflows: summary.workflows,
  sessions: summary.sessions,
  'memory events': summary.memoryEvents,
  'NPU jobs': summary.npuJobs,
})
