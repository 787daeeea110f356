import { Handlers } from './handlers.js'
import type { CallRule, Moment, SwitchPart } from './parts.js'

/** An SMC that has begun. */
export interface OpenPair {
  readonly begin: Moment
  /** When it was read. */
  readonly order: number
  readonly param: string
  readonly a0: number
  readonly name: string
  readonly call: CallRule
  /** Of handlers, of other tasks and of fast SMCs while it was on. */
  awayNs: number
  /** As the function graph measured the SMC itself, less handlers; undefined: it did not. */
  smc: Measured | undefined
}

/** `untilNs`: when a leaf ended; what interrupts it is told behind it. */
export interface Measured {
  durationNs: number
  readonly startNs: number
  readonly untilNs: number
  readonly isDrivers: boolean
}

/** A call that waits in the normal world to be resumed, or to be tried again. */
export interface Waiting {
  readonly at: Moment
  readonly order: number
  readonly a0: number
  readonly param: string
  readonly hasHead: boolean
  /** Of fast SMCs meanwhile. */
  awayNs: number
}

/** The frame of an SMC in a function graph. */
export interface SmcFrame {
  /** Frames of SMC functions that call each other. */
  depth: number
  readonly isDrivers: boolean
  readonly order: number
  readonly cpu: number
  awayNs: number
}

/** What one task is in the middle of. */
export class TaskState {
  open: OpenPair | undefined
  fast: OpenPair | undefined
  last: Waiting | undefined
  frame: SmcFrame | undefined
  readonly handlers = new Handlers()
  /** When a handler was entered last, and where. */
  handlersOrder = 0
  handlersCpu = -1
  /** The driver's function that makes the call, where functions were traced. */
  caller = ''
  outSinceNs = NaN
  /** A leaf of an SMC without events: handlers that ran in it may still be told. */
  leaf: { readonly part: SwitchPart; awayNs: number } | undefined
}

/** The leaf of an SMC without events is over, with all that ran in it. */
export function settle(task: TaskState, emit: (part: SwitchPart) => void): void {
  const { leaf } = task
  if (leaf === undefined) return
  task.leaf = undefined
  emit({ ...leaf.part, durationNs: Math.max(0, leaf.part.durationNs - leaf.awayNs) })
}
