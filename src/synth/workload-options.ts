import type { WorkloadModel } from '../trace/workload.js'

/** What any kind of workload is made from; each kind uses what it needs. */
export interface WorkloadOptions {
  readonly name: string
  readonly seed: number
  /** Models, in the order in which a kind gives them roles. */
  readonly models: readonly WorkloadModel[]
  readonly requests: number
  readonly hours: number
  readonly promptTokens: number
  readonly outputTokens: number
  /** The command that makes it again. */
  readonly source: string
}

/** One kind of workload. */
export interface WorkloadKind {
  readonly id: string
  readonly summary: string
  /** In place of what the user does not give. */
  readonly defaults: Omit<WorkloadOptions, 'name' | 'seed' | 'source'>
  /** Options that it heeds: any other is refused. */
  readonly heeds: readonly ('models' | 'requests' | 'hours' | 'promptTokens' | 'outputTokens')[]
}

export const int8 = (...ids: string[]): WorkloadModel[] => ids.map((id) => ({ id, quant: 'int8' }))
/** FlexServe's four models, small to large (its §7.3). */
export const flexserveModels = int8('qwen3-1.7b', 'llama-3.2-3b', 'llama-3.1-8b', 'qwen3-8b')
