import { quoteFound } from '../base/quote.js'
import { formatBytes, formatNs, formatShare } from '../base/units.js'
import type { ColumnsOf } from './columns.js'
import type { OpColumns } from './trace.js'
import { MAX_BYTES_PER_NS, MAX_FLOPS_PER_NS, isSwitch, wholeNs, type Finding, type LawId, type Watcher, type Whole } from './plausibility-law.js'
import type { Marks } from './plausibility-marks.js'
import { movesNothing, opKinds } from './words.js'

const COARSEST_NS = 1e6
const isStill = Uint8Array.from(opKinds, (_, kind) => (movesNothing(kind) ? 1 : 0))

/** The recording's own resolution: the largest power of ten, up to 1 ms, of which all its times are multiples. Looked for in the
 *  first chunk, and in later ones when something depends on it. */
export class Resolution {
  ns = COARSEST_NS
  private isKnown = false

  /** Of the first chunk only: `again` for the others. */
  see(op: ColumnsOf<OpColumns>, length: number): void {
    if (!this.isKnown) this.again(op, length)
    this.isKnown = true
  }

  again({ startNs, durationNs }: ColumnsOf<OpColumns>, length: number): void {
    for (let i = 0; i < length && this.ns > 1; i++) while (startNs[i]! % this.ns !== 0 || durationNs[i]! % this.ns !== 0) this.ns /= 10
  }
}

/** Ops that broke one law, and the most striking of them. */
class Tally {
  ops = 0
  ns = 0
  private worst = -1
  private amount = 0
  private inNs = 0
  private name = 0

  add(amount: number, ns: number, name: number): void {
    this.ops++
    this.ns += ns
    const excess = amount / (ns + 1)
    if (excess <= this.worst) return
    this.worst = excess
    this.amount = amount
    this.inNs = ns
    this.name = name
  }

  finding(law: LawId, { text, totalNs }: Whole, words: (most: string, share: string) => string, size: (amount: number) => string): Finding[] {
    if (this.ops === 0) return []
    const most = `${size(this.amount)} in ${formatNs(this.inNs)} (${quoteFound(text(this.name))})`
    return [{ law, ops: this.ops, ns: wholeNs(this.ns), words: words(most, formatShare(totalNs === 0 ? 0 : this.ns / totalNs)) }]
  }
}

/** Bytes and FLOPs that no machine moves or computes in the time, and those of ops that do neither: set to 0, which is unknown. A
 *  time is believed to one tick of the recording's resolution, since a short op can be rounded to 0. */
export class RateWatcher implements Watcher {
  private readonly bytes = new Tally()
  private readonly flops = new Tally()
  private readonly views = new Tally()

  constructor(
    private readonly resolution: Resolution,
    private readonly marks: Marks,
  ) {}

  see(op: ColumnsOf<OpColumns>, length: number): void {
    const { kind, durationNs, bytes, flops, rules } = op
    let isSure = false
    for (let i = 0; i < length; i++) {
      const moved = bytes[i]!
      const computed = flops[i]!
      if (moved === 0 && computed === 0) continue
      const ns = durationNs[i]!
      if (isStill[kind[i]!] === 1) {
        this.views.add(moved, ns, op.name[i]!)
        bytes[i] = flops[i] = 0
        rules[i] = this.marks.lessCost(this.marks.lessCost(rules[i]!, true), false)
        continue
      }
      if ((moved <= ns * MAX_BYTES_PER_NS && computed <= ns * MAX_FLOPS_PER_NS) || isSwitch[kind[i]!] === 1) continue
      if (!isSure) this.resolution.again(op, length)
      isSure = true
      const atMostNs = ns + this.resolution.ns
      if (moved > atMostNs * MAX_BYTES_PER_NS) {
        this.bytes.add(moved, ns, op.name[i]!)
        bytes[i] = 0
        rules[i] = this.marks.lessCost(rules[i]!, true)
      }
      if (computed > atMostNs * MAX_FLOPS_PER_NS) {
        this.flops.add(computed, ns, op.name[i]!)
        flops[i] = 0
        rules[i] = this.marks.lessCost(rules[i]!, false)
      }
    }
  }

  found(whole: Whole): Finding[] {
    return [
      ...this.bytes.finding('bytes-rate', whole, (most, share) => `more than 50 TB/s in ops that hold ${share} of the time, at most ${most}: their bytes were left unknown`, formatBytes),
      ...this.flops.finding('flops-rate', whole, (most, share) => `more than 20 PFLOP/s in ops that hold ${share} of the time, at most ${most}: their FLOPs were left unknown`, formatFlops),
      ...this.views.finding('view-moves', whole, (most) => `views, reshapes or calls of others that carried bytes or FLOPs, at most ${most}: they move nothing, so both were left out`, formatBytes),
    ]
  }
}

function formatFlops(flops: number): string {
  const [unit, size] = flops >= 1e12 ? ['T', 1e12] : flops >= 1e9 ? ['G', 1e9] : ['M', 1e6]
  return `${(flops / size).toFixed(2)} ${unit}FLOP`
}
