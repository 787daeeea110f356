import { causes, familyOf } from '../run/causes.js'
import { resourceNames, type Servers } from '../run/resources.js'
import type { TaskTable } from '../run/tasks.js'
import type { TimelineRow } from './tables.js'

/** The part of a schedule that a timeline needs. */
export interface Scheduled {
  readonly tasks: TaskTable
  readonly startNs: Float64Array
  readonly servers: Servers
}

/** The prefill's tasks of layers up to `lastLayer` of the first request, one row a server that a task holds. The
 *  engine does not name servers: the lowest-numbered free one is taken, in order of start. */
export function timelineRows(policy: string, order: number, { tasks, startNs, servers }: Scheduled, request: number, lastLayer: number): TimelineRow[] {
  const freeNs = servers.map((count) => new Float64Array(count))
  const laneBase = servers.map((_, r) => servers.slice(0, r).reduce((sum, count) => sum + count, 0))
  const inOrder = Uint32Array.from(tasks.durationNs.keys())
    .filter((t) => tasks.request[t] === request && tasks.step[t] === 0 && tasks.durationNs[t]! > 0 && tasks.mask[t] !== 0)
    .sort((a, b) => startNs[a]! - startNs[b]! || a - b)
  // The head has no layer either; it runs after all layers and would squeeze the first ones into a corner.
  const shown = (t: number): boolean => tasks.layer[t]! <= lastLayer
  const endNs = inOrder.reduce((end, t) => (tasks.layer[t]! >= 0 && shown(t) ? Math.max(end, startNs[t]! + tasks.durationNs[t]!) : end), 0)
  const rows: TimelineRow[] = []
  for (const t of inOrder) {
    const start = startNs[t]!
    const end = start + tasks.durationNs[t]!
    for (let r = 0; r < servers.length; r++) {
      if ((tasks.mask[t]! & (1 << r)) === 0) continue
      const server = Math.max(0, freeNs[r]!.findIndex((ns) => ns <= start))
      freeNs[r]![server] = end
      if (!shown(t) || (endNs > 0 && start >= endNs)) continue
      const cause = causes[tasks.cause[t]!]!
      const lane = servers[r]! > 1 ? `${resourceNames[r]} ${server}` : resourceNames[r]!
      rows.push({ policy, order, lane, laneOrder: laneBase[r]! + server, cause, family: familyOf(cause), layer: tasks.layer[t]!, startNs: start, endNs: end })
    }
  }
  return rows
}
