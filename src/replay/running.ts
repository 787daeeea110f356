import type { TaskIndex } from '../run/tasks.js'

/** When each task started, and what held it up until then: the one task whose end is its start (-1: the clock). */
export interface Schedule {
  readonly startNs: Float64Array
  readonly holder: Int32Array
  readonly endNs: number
}

/** Whoever writes tasks while they run. */
export interface Server {
  /** Task `t`, written with a hook, has just ended. What is written now must wait for it, directly or not. A returned
   *  task (-1: none) is one that everything behind `t` waits for too. */
  ended(t: TaskIndex, nowNs: number): TaskIndex
  /** Asked between instants: what may be forgotten, if anything (`sweep.ts`). */
  swept?(running: Running): Uint8Array | undefined
  /** Tasks have new numbers: -1, forgotten. */
  renamed?(renamed: Int32Array): void
}

/** A run as it stands. */
export interface Running {
  readonly nowNs: number
  readonly length: number
  readonly startNs: Float64Array
  readonly holder: Int32Array
  /** 1: over. */
  readonly over: Uint8Array
}
