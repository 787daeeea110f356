/** Who did it and when. `timeNs` NaN: the file has no clock. */
export interface Moment {
  readonly comm: string
  readonly pid: number
  readonly cpu: number
  readonly timeNs: number
}

/** How a round trip came to its call: it began it, it resumed one that is known from its begin, it is of one whose begin was not
 *  recorded, or it is a fast SMC, which is of no call (the function's bit 31: PSCI, versions, TRNG; ARM DEN0028). */
export type CallRule = 'first-entry' | 'resumed' | 'head-not-recorded' | 'fast-smc'

/** A recorded piece of a call. `startNs` NaN where there is no clock; `how` names what was worked out. */
export interface SwitchPart {
  readonly kind: 'world-switch' | 'rpc' | 'interrupt'
  readonly name: string
  readonly type: string
  readonly comm: string
  readonly pid: number
  readonly startNs: number
  /** Without what ran in between. */
  readonly durationNs: number
  /** When the task was back: with what ran in between. */
  readonly untilNs: number
  readonly how: 'events' | 'function-graph' | 'no-clock'
  readonly call?: CallRule
}

export const isFastCall = (id: number): boolean => id >= 0x80000000 && id <= 0xffffffff
