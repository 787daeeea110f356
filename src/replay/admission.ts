import { UsageFault } from '../base/errors.js'
import { formatBytes } from '../base/units.js'
import { rank, type TaskIndex } from '../run/tasks.js'
import type { Holdings } from './holdings.js'
import type { Lowerer } from './lowerer.js'
import type { Room } from './room.js'

/** Memory and regions for a request that begins. */
export class Admission {
  constructor(
    private readonly l: Lowerer,
    private readonly holdings: Holdings,
    private readonly room: Room,
    /** 0: pages come and go. */
    private readonly reservedBytes: number,
  ) {}

  /** Returns the task after which `bytes` more can be allocated for `model`: releases under way, then what is cached goes;
   *  what is lacking still is swapped out on the way. Throws `UsageFault`: a carve-out or the regions are too few. */
  roomFor(bytes: number, model: number, after: TaskIndex): TaskIndex {
    const ready = this.regionsFor(model, after)
    if (this.reservedBytes > 0) return this.roomInCarveout(bytes, ready)
    const released = this.room.afterReleases(bytes, ready)
    const lacking = this.room.lacking(bytes) - released.bytes
    if (lacking <= 0) return released.task
    return this.l.write.join([released.task, this.room.find(lacking, ready, rank.protect).task])
  }

  private roomInCarveout(bytes: number, after: TaskIndex): TaskIndex {
    const lacking = this.l.allocatedBytes + bytes - this.reservedBytes
    if (lacking <= 0) return after
    const released = this.room.afterReleases(Infinity, after)
    const found = this.room.find(lacking - released.bytes, after, rank.protect)
    if (released.bytes + found.bytes < lacking)
      throw new UsageFault(`the carve-out of ${formatBytes(this.reservedBytes)} is ${formatBytes(lacking - released.bytes - found.bytes)} too small for what must be in it at once`, 'make it larger (carveout=SIZE)')
    return this.l.write.join([released.task, found.task])
  }

  /** Contiguous regions are few: models that nobody uses give theirs up. */
  private regionsFor(model: number, after: TaskIndex): TaskIndex {
    const { regionsPerModel } = this.l.policy.memory
    const most = this.l.costs.sample['tzasc.regions']
    if (regionsPerModel === 0) return after
    const tasks = [after]
    for (;;) {
      const others = this.holdings.present().filter((held) => held.model !== model)
      const needed = (others.length + 1) * regionsPerModel
      if (needed <= most) return tasks.length === 1 ? after : this.l.write.join(tasks)
      const victim = others.filter(({ inUse }) => !inUse).sort((a, b) => a.lastUsedNs - b.lastUsedNs)[0]
      if (victim === undefined) throw new UsageFault(`${needed} contiguous regions are needed at once, the device has ${most}`)
      tasks.push(this.room.dropModel(victim.model, after))
    }
  }
}
