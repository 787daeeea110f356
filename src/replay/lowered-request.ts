import type { TaskIndex } from '../run/tasks.js'

/** A request as it was served. */
export interface LoweredRequest {
  /** Index into the source's requests. */
  readonly index: number
  /** The task whose end is the arrival; -1: forgotten. */
  arrived: TaskIndex
  readonly arrivalNs: number
  /** `stepEnds[k]`: the task whose end is the end of step k. */
  stepEnds: TaskIndex[]
  /** The steps' numbers in the trace, beside `stepEnds`: 0 the prefill. */
  readonly steps: readonly number[]
  isOver: boolean
}
