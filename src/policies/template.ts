import type { Policy } from '../replay/factors.js'
import type { PolicyOptions } from './options.js'

/** A policy before its options are known: reads like a row of the papers' table. */
export interface PolicyTemplate {
  readonly id: string
  readonly summary: string
  readonly source: string
  compose(options: PolicyOptions): Omit<Policy, 'id' | 'summary' | 'source'>
}
