import type { Policy } from '../replay/factors.js'
import type { PolicyOptions } from './options.js'

/** A policy before its options are known: reads like a row of the papers' table. */
export interface PolicyTemplate {
  readonly id: string
  readonly summary: string
  readonly source: string
  /** Attackers that it claims to withstand beside what its mechanisms promise: its papers' threat models. */
  readonly promises?: Policy['promises']
  compose(options: PolicyOptions): Omit<Policy, 'id' | 'summary' | 'source'>
}
