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

  /** False: there is no room for what the part has that is new, and it was not added. Throws `BadInput` at the limits of the
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

  private addRows(part: PartRows): void {
    const { events, names, operators } = this
    const [gpu, launches, cpu] = [part.gpu.data, part.launches.data, part.cpu.data]
    for (let at = 0; at < part.gpu.used; at += GPU_WIDTH) {
      const { row } = events.gpu
      for (let column = 0; column < GPU_WIDTH; column++) row[column] = gpu[at + column]!
      row[gpuRow.seq] = events.gpu.length
      row[gpuRow.name] = names[gpu[at + gpuRow.name]!]!
      events.gpu.add()
    }
    for (let at = 0; at < part.launches.used; at += LAUNCH_WIDTH) {
      const { row } = events.launches
      for (let column = 0; column < LAUNCH_WIDTH; column++) row[column] = launches[at + column]!
      row[launchRow.thread] = this.thread(launches[at + launchRow.thread]!)
      events.launches.add()
    }
    for (let at = 0; at < part.cpu.used; at += CPU_WIDTH) {
      const { row } = events.cpu
      for (let column = 0; column < CPU_WIDTH; column++) row[column] = cpu[at + column]!
      row[cpuRow.thread] = this.thread(cpu[at + cpuRow.thread]!)
      row[cpuRow.operator] = operators[cpu[at + cpuRow.operator]!]!
      events.cpu.add()
    }
  }

  /** A process and a thread are words as well; most rows are of the thread of the one before. */
  private thread(number: number): number {
    if (number === this.latest) return this.latestWhole
    const tid = number % THREAD_BASE
    this.latest = number
    return (this.latestWhole = this.names[(number - tid) / THREAD_BASE]! * THREAD_BASE + this.names[tid]!)
  }
}
