import { formatNs, formatShare } from '../base/units.js'
import type { ColumnsOf } from './columns.js'
import type { OpColumns } from './trace.js'
import { isSwitch, wholeNs, type Finding, type LawId, type Watcher, type Whole } from './plausibility-law.js'
import type { Resolution } from './plausibility-rates.js'
import { processorIndex } from './words.js'

const CPU = processorIndex.cpu
/** Columns of a lane: its op that ends last. */
const END = 0
const DURATION = 1
const COUNTED = 2 // 1: among `self-time` or `stream-overlap` already
const WIDTH = 3

/** Ops of one lane that run at the same time. Those below half of the shorter one are kept (a kernel may be launched before the one
 *  ahead has ended); longer ones count time twice. Of a thread that is an op inside another, of a stream a duration that cannot be. */
export class LaneWatcher implements Watcher {
  private lanes: Float64Array<ArrayBuffer> = new Float64Array(WIDTH * 64)
  private readonly kept = { ops: 0, ns: 0 }
  private readonly thread = { ops: 0, ns: 0, twiceNs: 0 }
  private readonly stream = { ops: 0, ns: 0, twiceNs: 0 }

  constructor(private readonly resolution: Resolution) {}

  see(op: ColumnsOf<OpColumns>, length: number): void {
    const { kind, lane, startNs, durationNs, processor } = op
    let { lanes } = this
    let isSure = false
    for (let i = 0; i < length; i++) {
      if (isSwitch[kind[i]!] === 1) continue
      const at = lane[i]! * WIDTH
      if (at >= lanes.length) lanes = this.reach(at)
      const ns = durationNs[i]!
      const endNs = startNs[i]! + ns
      const lastEndNs = lanes[at + END]!
      let isCounted = 0
      if (startNs[i]! < lastEndNs && ns > 0) {
        if (!isSure) this.resolution.again(op, length)
        isSure = true
        const bothNs = Math.min(lastEndNs, endNs) - startNs[i]!
        if (bothNs > this.resolution.ns) {
          if (bothNs * 2 < Math.min(ns, lanes[at + DURATION]!)) {
            this.kept.ops++
            this.kept.ns += ns
          } else {
            const found = processor[i] === CPU ? this.thread : this.stream
            found.ops++
            found.twiceNs += bothNs
            found.ns += ns + (lanes[at + COUNTED] === 1 ? 0 : lanes[at + DURATION]!)
            lanes[at + COUNTED] = isCounted = 1
          }
        }
      }
      if (endNs > lastEndNs) {
        lanes[at + END] = endNs
        lanes[at + DURATION] = ns
        lanes[at + COUNTED] = isCounted
      }
    }
  }

  found({ totalNs }: Whole): Finding[] {
    const found: Finding[] = []
    const say = (law: LawId, { ops, ns }: { ops: number; ns: number }, words: string): void => {
      if (ops > 0) found.push({ law, ops, ns: wholeNs(ns), words })
    }
    const share = ({ ns }: { ns: number }): string => formatShare(totalNs === 0 ? 0 : Math.min(1, ns / totalNs))
    say('self-time', this.thread, `ops that run inside another of their thread; with those around them they hold ${share(this.thread)} of the time, and ${formatNs(this.thread.twiceNs)} of it are counted twice`)
    say('stream-overlap', this.stream, `ops that begin before the one ahead of them on their stream has ended, by half of the shorter or more; together they hold ${share(this.stream)} of the time, and ${formatNs(this.stream.twiceNs)} of it are counted twice`)
    say('overlap-kept', this.kept, 'ops that begin before the one ahead of them on their lane has ended, by less than half of the shorter: kept as recorded (dependent launches)')
    return found
  }

  private reach(at: number): Float64Array<ArrayBuffer> {
    const wider = new Float64Array(Math.max(at + WIDTH, this.lanes.length * 2))
    wider.set(this.lanes)
    return (this.lanes = wider)
  }
}
