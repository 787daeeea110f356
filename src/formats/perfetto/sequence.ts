import type { SequenceClocks } from './clocks.js'
import type { Packet } from './messages.js'

const BOOTTIME = 6
const CLEARED = 1
const NEEDS_STATE = 2

/** What packets of one sequence leave to those behind them: interned names, defaults, clocks. */
export class Sequence {
  readonly names = new Map<number, string>()
  readonly categories = new Map<number, string>()
  /** Queues and stages of GPUs. */
  readonly stages = new Map<number, string>()
  trackUuid: number | undefined
  private clockId = BOOTTIME
  private isValid = false
  /** How often packets of it were lost: what had begun before never ends. */
  losses = 0

  constructor(private readonly clocks: SequenceClocks) {}

  /** Takes a packet's state; false: it builds on packets that are lost. */
  take(packet: Packet): boolean {
    const flags = packet.sequenceFlags ?? 0
    if (packet.previousPacketDropped === true) {
      this.losses++
      this.isValid = false
    }
    if (packet.stateCleared === true || (flags & CLEARED) !== 0) {
      this.names.clear()
      this.categories.clear()
      this.stages.clear()
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
      [this.stages, packet.internedData?.stages],
    ] as const)
      for (const { iid, name } of list ?? []) if (iid !== undefined && into.size < 250_000) into.set(iid, name ?? '')
    this.clocks.snap(packet)
    return this.isValid || (flags & NEEDS_STATE) === 0
  }

  /** The packet's time on the boot clock, ns; NaN: on a clock that was never snapped. */
  time(packet: Packet): number {
    return this.clocks.bootNs(packet.clockId ?? this.clockId, packet.timestamp ?? 0)
  }
}
