import type { MemoryEvent } from '../trace/workload.js'
import { CPU, FLASH, KERNEL, MONITOR } from '../run/resources.js'
import { NORMAL_WORLD, rank, type TaskIndex } from '../run/tasks.js'
import type { Agenda } from './agenda.js'
import type { Lowerer } from './lowerer.js'
import { swapOutNs, worldSwitchNs } from './prices.js'
import type { Room } from './room.js'

/** The normal world asked for memory that it lacked: when, how much it got back, and when it had that. */
export interface Recall {
  readonly atNs: number
  readonly bytes: number
  /** What nobody would give up: the normal world swaps it out. */
  readonly unmetBytes: number
  doneNs: number
}

/** Pieces in which the normal world swaps for itself. */
const SWAP_BYTES = 64 * 2 ** 20

/** What the normal world holds over time, and what it takes back for it. */
export class MemoryEvents {
  readonly recalls: Recall[] = []
  /** Its demand from each moment on, the first at 0. */
  readonly demand: { readonly atNs: number; readonly bytes: number }[]

  constructor(
    private readonly l: Lowerer,
    private readonly agenda: Agenda,
    private readonly room: Room,
    /** Memory was given back: behind this task. */
    private readonly onRecalled: (at: TaskIndex) => void,
  ) {
    this.demand = [{ atNs: 0, bytes: l.pressureBytes }]
  }

  arrived({ demandBytes }: MemoryEvent, at: TaskIndex, nowNs: number): void {
    this.l.pressureBytes = demandBytes
    this.demand.push({ atNs: nowNs, bytes: demandBytes })
    const lacking = Math.min(demandBytes, this.room.lackingToAll())
    if (lacking > 0) this.recall(lacking, at, nowNs)
  }

  /** The operating system asks, the framework chooses: one call into the secure world, then releases. */
  private recall(bytes: number, at: TaskIndex, nowNs: number): void {
    const { write, costs, policy } = this.l
    write.request = NORMAL_WORLD
    write.step = 0
    let got = 0
    let done = at
    if (policy.memory.provides?.includes('recallable') === true) {
      const asked = policy.memory.secure
        ? write.add({ cause: 'recall', mask: CPU | MONITOR, rank: rank.protect, durationNs: worldSwitchNs, count: Math.ceil(bytes / costs.pageBytes), worldSwitches: 1 }, at)
        : at
      const found = this.room.find(bytes, asked, rank.protect)
      got = found.reduce((sum, freed) => sum + freed.bytes, 0)
      done = write.join([asked, ...found.map(({ task }) => task)])
    }
    const recall: Recall = { atNs: nowNs, bytes: Math.min(bytes, got), unmetBytes: Math.max(0, bytes - got), doneNs: -1 }
    this.recalls.push(recall)
    for (let left = recall.unmetBytes; left > 0; left -= SWAP_BYTES) {
      const piece = Math.min(left, SWAP_BYTES)
      done = write.add({ cause: 'evict', mask: KERNEL | FLASH, rank: rank.allocate, durationNs: swapOutNs, bytes: piece }, done)
    }
    this.agenda.when(write.hooked([done]), (endNs, task) => {
      recall.doneNs = endNs
      this.onRecalled(task)
      return undefined
    })
  }
}
