import { UsageFault } from '../base/errors.js'
import { formatBytes } from '../base/units.js'
import { rank, type TaskIndex } from '../run/tasks.js'
import type { Holdings } from './holdings.js'
import type { Freed, Lowerer } from './lowerer.js'
import type { Room } from './room.js'

/** Memory and regions for a request that begins. */
export class Admission {
  constructor(
    private readonly l: Lowerer,
    private readonly holdings: Holdings,
    private readonly room: Room,
  ) {}

  /** Grants `bytes` more for `model`, beside the state of its framework: what is free, releases under way, then what is cached goes; what is lacking still is
   *  swapped out on the way. Returns the task after which allocation can begin. Throws `UsageFault`: a carve-out, the board or the regions are too few. */
  roomFor(bytes: number, model: number, frameworkBytes: number, after: TaskIndex): TaskIndex {
    const ready = this.regionsFor(model, after)
    const lacking = this.room.lacking(bytes)
    const releasing = this.room.releasing()
    const stillLacking = lacking - sum(releasing)
    // The normal world swaps out what is lacking then, as far as it holds any; the framework's state takes its room that way alone.
    const overBoard = this.room.isBounded ? 0 : stillLacking + frameworkBytes - this.l.pressureBytes
    const wanted = Math.max(stillLacking, overBoard)
    const found = wanted > 0 ? this.room.find(wanted, ready, rank.protect) : []
    if (this.room.isBounded && sum(found) < stillLacking)
      throw new UsageFault(`the carve-out is ${formatBytes(stillLacking - sum(found))} too small for what must be in it at once`, 'make it larger (carveout=SIZE)')
    const beyond = overBoard - sum(found)
    if (beyond > 0)
      throw new UsageFault(`requests hold ${formatBytes(this.l.sizeBytes + beyond)} at one time, and the board has ${formatBytes(this.l.sizeBytes)} of memory`, 'serve a smaller model or prompt, or raise memory.sizeGiB')
    this.l.grant(bytes - lacking, lacking > 0 ? [...releasing, ...found] : [])
    return ready
  }

  /** Contiguous regions are few: models that nobody uses give theirs up. */
  private regionsFor(model: number, after: TaskIndex): TaskIndex {
    const { regionsPerModel } = this.l.policy.memory
    if (regionsPerModel === 0) return after
    const most = this.l.costs.sample['tzasc.regions']
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

const sum = (freed: readonly Freed[]): number => freed.reduce((bytes, one) => bytes + one.bytes, 0)
