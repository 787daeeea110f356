import type { Packet } from './messages.js'

const BOOTTIME = 6
/** Clocks with these numbers are of one sequence, all others of the whole trace. */
const OWN_FROM = 64
const OWN_TO = 127
const MOST_CLOCKS = 64

interface Clock {
  readonly isIncremental: boolean
  readonly multiplierNs: number
  /** Added to its time to get the boot clock's; NaN: it was never snapped beside one that leads there. */
  readonly toBootNs: number
  /** Its time at the snapshot, from which an incremental one counts on. */
  readonly atNs: number
}

/** The clocks of a trace, by the snapshots that whichever sequence wrote. */
export class Clocks {
  private readonly shared = new Map<number, Clock>()

  /** The clocks of a sequence. */
  ofSequence(): SequenceClocks {
    return new SequenceClocks(this.shared)
  }
}

/** The clocks as one sequence sees them. */
export class SequenceClocks {
  private readonly own = new Map<number, Clock>()
  /** Where an incremental clock stands for this sequence, and since which snapshot. */
  private readonly stands = new Map<number, { clock: Clock; ns: number }>()

  constructor(private readonly shared: Map<number, Clock>) {}

  /** A time of clock `id` as the boot clock's, ns; NaN: it is not known how far apart they are. */
  bootNs(id: number, stamp: number): number {
    const clock = this.at(id)
    if (clock === undefined) return id < OWN_FROM ? stamp : NaN
    const own = stamp * clock.multiplierNs
    if (!clock.isIncremental) return own + clock.toBootNs
    let stand = this.stands.get(id)
    if (stand === undefined || stand.clock !== clock) this.stands.set(id, (stand = { clock, ns: clock.atNs }))
    stand.ns += own
    return stand.ns + clock.toBootNs
  }

  /** Takes the clocks that were read at one moment. Without the boot clock among them one whose distance to it is known leads there;
   *  where none is, the first of the kernel's stands for it. */
  snap({ clockSnapshot }: Packet): void {
    const read = (clockSnapshot?.clocks ?? []).slice(0, MOST_CLOCKS).flatMap(({ id, timestamp = 0, isIncremental = false, multiplierNs = 1 }) => {
      const multiplier = multiplierNs === 0 ? 1 : multiplierNs
      return id === undefined ? [] : [{ id, isIncremental, multiplierNs: multiplier, atNs: timestamp * multiplier }]
    })
    const known = (id: number): number => (id === BOOTTIME ? 0 : (this.at(id)?.toBootNs ?? NaN))
    const lead = read.find(({ id }) => id === BOOTTIME) ?? read.find(({ id }) => !Number.isNaN(known(id)) && this.at(id)?.isIncremental !== true)
    const first = lead ?? read.find(({ id }) => id < OWN_FROM)
    const bootNs = first === undefined ? NaN : first.atNs + (lead === undefined ? 0 : known(first.id))
    for (const { id, ...clock } of read) this.mapOf(id).set(id, { ...clock, toBootNs: bootNs - clock.atNs })
  }

  private at(id: number): Clock | undefined {
    return this.mapOf(id).get(id)
  }

  private mapOf(id: number): Map<number, Clock> {
    return id >= OWN_FROM && id <= OWN_TO ? this.own : this.shared
  }
}
