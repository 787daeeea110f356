import { contendedNs } from '../replay/dram.js'
import { runTasks } from '../replay/engine.js'
import type { Replayed, Setting } from '../replay/replay.js'
import type { Repricer } from '../replay/repricer.js'
import { replaySetting } from './replay-setting.js'

/** A replay whose tasks are stretched where DRAM demand exceeds its bandwidth (an assumed law, docs/model.md). */
export function contendedReplay(setting: Setting, repricer?: Repricer): Replayed {
  const { plan, schedule } = replaySetting(setting, repricer)
  const durationNs = contendedNs(plan.graph, schedule, setting.costs.sample['memory.bandwidthGBs'])
  const graph = { ...plan.graph, tasks: { ...plan.graph.tasks, durationNs } }
  const stretched = runTasks(graph, plan.servers)
  // Who waits for another request arrives when that ends, which is later now.
  const requests = plan.requests.map((request) => ({ ...request, arrivalNs: stretched.startNs[request.arrived]! + durationNs[request.arrived]! }))
  return { plan: { ...plan, graph, requests }, schedule: stretched }
}
