import type { Workload } from '../trace/workload.js'
import { chainedKind, chainedWorkload } from './workloads/chained.js'
import { chatKind, chatWorkload } from './workloads/chat.js'
import { dayKind, dayWorkload } from './workloads/day.js'
import { gridKind, gridWorkload } from './workloads/grid.js'
import { npuContentionKind, npuContentionWorkload } from './workloads/npu-contention.js'
import { pairsKind, pairsWorkload } from './workloads/pairs.js'
import { pressureKind, pressureWorkload } from './workloads/pressure.js'
import { randomKind, randomWorkload } from './workloads/random.js'
import type { WorkloadKind, WorkloadOptions } from './workload-options.js'

/** Every kind of workload that can be synthesised: what it is, and how. Same options and seed, same workload. */
export const workloadKinds: readonly (WorkloadKind & { make(options: WorkloadOptions): Workload })[] = [
  { ...randomKind, make: randomWorkload },
  { ...chainedKind, make: chainedWorkload },
  { ...pairsKind, make: pairsWorkload },
  { ...chatKind, make: chatWorkload },
  { ...pressureKind, make: pressureWorkload },
  { ...gridKind, make: gridWorkload },
  { ...npuContentionKind, make: npuContentionWorkload },
  { ...dayKind, make: dayWorkload },
]

/** JSON, one request or event a line: a diff shows which one changed. */
export function workloadText(workload: Workload): string {
  const list = (items: readonly unknown[]): string => (items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`)
  const lines = Object.entries(workload).map(([key, value]) => `  ${JSON.stringify(key)}: ${Array.isArray(value) ? list(value) : JSON.stringify(value)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}
