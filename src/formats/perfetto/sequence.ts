import type { Packet } from './messages.js'

const BOOTTIME = 6
const CLEARED = 1
const NEEDS_STATE = 2

interface Clock {
  readonly isIncremental: boolean
  readonly multiplierNs: number
  /** Added to its time to get the boot clock's; NaN: it was never snapped beside that. */
  readonly toBootNs: number
  lastNs: number
}

/** What packets of one sequence leave to those behind them: interned names, defaults, clocks. */
export class Sequence {
  readonly names = new Map<number, string>()
  readonly categories = new Map<number, string>()
  trackUuid: number | undefined
  private clockId = BOOTTIME
  private readonly clocks = new Map<number, Clock>()
  private isValid = false

  /** Takes a packet's state; false: it builds on packets that are lost. */
  take(packet: Packet): boolean {
    const flags = packet.sequenceFlags ?? 0
    if (packet.stateCleared === true || (flags & CLEARED) !== 0) {
      this.names.clear()
      this.categories.clear()
      this.trackUuid = undefined
      this.clockId = BOOTTIME
      this.isValid = true
    }
    if (packet.defaults !== undefined) {
      this.trackUuid = packet.defaults.trackEvent?.trackUuid ?? this.trackUuid
      this.clockId = packet.defaults.clockId ?? this.clockId
    }
    for (const [into, list] of [
      [this.names, packet.internedData?.names],
      [this.categories, packet.internedData?.categories],
    ] as const)
      for (const { iid, name } of list ?? []) if (iid !== undefined && into.size < 250_000) into.set(iid, name ?? '')
    this.snap(packet)
    return this.isValid || (flags & NEEDS_STATE) === 0
  }

  /** The packet's time on the boot clock, ns; NaN: on a clock that was never snapped. */
  time(packet: Packet): number {
    const id = packet.clockId ?? this.clockId
    const stamp = packet.timestamp ?? 0
    const clock = this.clocks.get(id)
    if (clock === undefined) return id < 64 ? stamp : NaN
    const own = stamp * clock.multiplierNs
    if (clock.isIncremental) clock.lastNs += own
    return (clock.isIncremental ? clock.lastNs : own) + clock.toBootNs
  }

  private snap({ clockSnapshot }: Packet): void {
    const clocks = clockSnapshot?.clocks ?? []
    const boot = clocks.find(({ id }) => id === BOOTTIME)?.timestamp
    for (const { id, timestamp, isIncremental, multiplierNs } of clocks.slice(0, 64)) {
      if (id === undefined) continue
      const multiplier = multiplierNs === undefined || multiplierNs === 0 ? 1 : multiplierNs
      const atNs = (timestamp ?? 0) * multiplier
      const toBootNs = boot === undefined ? (id < 64 ? 0 : NaN) : boot - atNs
      this.clocks.set(id, { isIncremental: isIncremental === true, multiplierNs: multiplier, toBootNs, lastNs: atNs })
    }
  }
}
