import type { Costs } from '../device/costs.js'
import type { Extent } from '../run/extents.js'
import type { Servers } from '../run/resources.js'
import type { TaskGraph } from '../run/tasks.js'
import type { Policy } from './factors.js'
import type { LoweredRequest } from './lowered-request.js'
import type { Recall } from './memory-events.js'
import type { NpuJob } from './npu-turns.js'
import type { Placement, PredictionNotes } from './predict.js'
import type { Initial } from './request-plan.js'
import type { RequestSource } from './request-source.js'
import type { Tally } from './tally.js'

/** Under which conditions requests are served; everything that decides the numbers beside the requests themselves. */
export interface Conditions {
  readonly policy: Policy
  /** The device is the machine that the trace was recorded on. */
  readonly here?: boolean
  /** Default: `policy`. */
  readonly placement?: Placement
  readonly costs: Costs
  readonly pressureBytes: number
  readonly initial?: Initial
  /** Tasks from which on a run forgets what no window asks for again; undefined: never, all tasks can be looked at. */
  readonly forgetFrom?: number
}
/** A cell's tasks, where its requests' steps end, and what the normal world had of it. */
export interface Plan {
  readonly graph: TaskGraph
  readonly servers: Servers
  readonly source: RequestSource
  /** In order of service. */
  readonly requests: readonly LoweredRequest[]
  readonly extents: readonly Extent[]
  readonly jobs: readonly NpuJob[]
  readonly recalls: readonly Recall[]
  /** What the normal world held, from each time on. */
  readonly demand: readonly { readonly atNs: number; readonly bytes: number }[]
  /** Set aside for good; 0: nothing is. */
  readonly reservedBytes: number
  readonly notes: PredictionNotes
  readonly warnings: readonly string[]
  /** Of what was forgotten on the way; undefined: nothing was. Filled up once: `tallied`. */
  readonly tally: Tally | undefined
}
