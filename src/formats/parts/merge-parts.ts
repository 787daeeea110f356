import type { KinetoEvents } from '../kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH, cpuRow, gpuRow, launchRow } from '../kineto-rows.js'
import { OPERATOR_COLUMNS } from '../operator-table.js'
import { THREAD_BASE } from '../torch-names.js'
import { ANNOTATION_WIDTH, type KinetoPart, type PartRows } from './part.js'

/** Adds the parts of one thread to the events of the whole file, in the file's order: its numbers of names, threads and
 *  operators become the whole's, which come out as if one thread had read all of it. */
export class PartMerge {
  private readonly names: number[] = []
  private readonly operators: number[] = []
  private latest = -1
  private latestWhole = -1

  constructor(private readonly events: KinetoEvents) {}

  /** Writes the whole's numbers into the part's rows. False: there is no room for what the part has that is new, and it was not added. Throws `BadInput` at the limits of the
   *  whole. */
  add(part: KinetoPart): boolean {
    const { events, names, operators } = this
    if (events.operators.room < part.operators.length / OPERATOR_COLUMNS) return false
    const place = () => events.scanner.place()
    for (const name of part.names) names.push(events.names.internText(name, place))
    for (let at = 0; at < part.operators.length; at += OPERATOR_COLUMNS) {
      const [name, dataType, m, n, k, flops, bytes, tokens] = part.operators.subarray(at, at + OPERATOR_COLUMNS)
      operators.push(events.operators.rowOf(names[name!]!, { dataType: dataType!, m: m!, n: n!, k: k!, flops: flops!, bytes: bytes!, tokens: tokens! }))
    }
    this.addRows(part)
    const { data: annotations, used } = part.annotations
    for (let at = 0; at < used; at += ANNOTATION_WIDTH) events.annotate(names[annotations[at]!]!, annotations[at + 1]!, annotations[at + 2]!)
    for (const [category, count] of part.categories) events.countCategory(category, count)
    for (const [reason, count] of part.skipped) events.skipped.count(reason, count)
    return true
  }

  private addRows({ gpu, launches, cpu }: PartRows): void {
    const { events, names, operators } = this
    let { length: seq } = events.gpu
    for (let at = 0; at < gpu.used; at += GPU_WIDTH) {
      gpu.data[at + gpuRow.seq] = seq++
      gpu.data[at + gpuRow.name] = names[gpu.data[at + gpuRow.name]!]!
    }
    events.gpu.addAll(gpu.data, gpu.used / GPU_WIDTH)
    for (let at = launchRow.thread; at < launches.used; at += LAUNCH_WIDTH) launches.data[at] = this.thread(launches.data[at]!)
    events.launches.addAll(launches.data, launches.used / LAUNCH_WIDTH)
    for (let at = 0; at < cpu.used; at += CPU_WIDTH) {
      cpu.data[at + cpuRow.thread] = this.thread(cpu.data[at + cpuRow.thread]!)
      cpu.data[at + cpuRow.operator] = operators[cpu.data[at + cpuRow.operator]!]!
    }
    events.cpu.addAll(cpu.data, cpu.used / CPU_WIDTH)
  }

  /** A process and a thread are words as well; most rows are of the thread of the one before. */
  private thread(number: number): number {
    if (number === this.latest) return this.latestWhole
    const tid = number % THREAD_BASE
    this.latest = number
    return (this.latestWhole = this.names[(number - tid) / THREAD_BASE]! * THREAD_BASE + this.names[tid]!)
  }
}
