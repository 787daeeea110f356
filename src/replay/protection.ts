import { rank, type TaskIndex } from '../run/tasks.js'
import type { Agenda } from './agenda.js'
import type { Lowerer } from './lowerer.js'
import type { Room } from './room.js'

/** Stage-2 translation on demand: on for the first protected request, off once nothing is protected and nobody comes. */
export class Protection {
  private isOn: boolean
  private idleSince = 0 // counts idle times: a timer of an earlier one is stale
  private offBy: TaskIndex = -1

  constructor(
    private readonly l: Lowerer,
    private readonly agenda: Agenda,
    private readonly room: Room,
    private readonly isIdle: () => boolean,
    initially: boolean,
  ) {
    this.isOn = initially
  }

  /** For a request that begins. */
  begin(after: TaskIndex): void {
    this.idleSince++
    const { memory } = this.l.policy
    if (this.isOn || !memory.secure) return
    this.isOn = true
    this.l.protectionOn = memory.begin(this.l, this.offBy < 0 ? after : this.l.write.join([after, this.offBy]))
  }

  /** Nobody is served any more: perhaps goes off, now or when its window has passed. */
  idle(after: TaskIndex): void {
    const off = this.isOn ? this.l.policy.memory.off : undefined
    if (off === undefined) return
    const since = ++this.idleSince
    const passed = this.l.write.hooked([off.idleNs === 0 ? after : this.l.write.add({ cause: 'wait', mask: 0, rank: rank.after, durationNs: off.idleNs }, after)])
    this.agenda.when(passed, (_now, task) => {
      if (since === this.idleSince && this.isIdle() && this.room.isEmpty) this.clear(since, task)
      return undefined
    })
  }

  renamed(named: (task: TaskIndex) => TaskIndex): void {
    this.l.protectionOn = named(this.l.protectionOn)
    this.offBy = named(this.offBy)
  }

  /** No uncleared page may be left when translation goes off. */
  private clear(since: number, after: TaskIndex): void {
    const cleared = this.l.write.hooked([this.room.drainAll(after, rank.after)])
    this.agenda.when(cleared, (_now, task) => {
      if (since !== this.idleSince || !this.isIdle()) return undefined
      this.isOn = false
      this.offBy = this.l.policy.memory.off!.end(this.l, task)
      return undefined
    })
  }
}
