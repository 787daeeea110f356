import { joinBytes } from '../../base/bytes.js'
import { BadInput } from '../../base/errors.js'
import type { ImportTools } from '../format.js'
import type { Category } from '../kineto-categories.js'
import { KinetoEvents } from '../kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import { OPERATOR_COLUMNS } from '../operator-table.js'
import { Skipped } from '../skipped.js'
import { Utf8Check } from '../utf8.js'
import { ANNOTATION_WIDTH, type KinetoPart, type PartJob, type PartRows, type Range } from './part.js'
import { RowList } from './row-list.js'

/** An event may begin in a part and end behind it. */
const TAIL_BYTES = 64 << 10
class PartEvents extends KinetoEvents<RowList> {
  override skipped = new Skipped()
  readonly annotations = new RowList(ANNOTATION_WIDTH)

  constructor({ file, baseUs }: PartJob) {
    super(file, new RowList(GPU_WIDTH), new RowList(LAUNCH_WIDTH), new RowList(CPU_WIDTH))
    this.baseUs = baseUs
  }

  override annotate(name: number, startNs: number, durationNs: number): void {
    this.annotations.row.set([name, startNs, durationNs])
    this.annotations.add()
  }

  /** How many events of each category there were since the last call. */
  takeCategories(): [string, number][] {
    const counted = this.categories.list.filter(({ count }: Category) => count > 0).map(({ text, count }): [string, number] => [text, count])
    for (const category of this.categories.list) category.count = 0
    return counted
  }
}

/** Scans parts of one file on one thread, each on its own: what it needs of the bytes before is in the job. */
export class PartScanner {
  private readonly events: PartEvents
  private names = 0
  private operators = 0

  constructor(
    private readonly job: PartJob,
    private readonly range: Range,
    private readonly tools: Pick<ImportTools, 'isUtf8'>,
  ) {
    this.events = new PartEvents(job)
  }

  /** Scans part `index`. What is no trace makes the part faulty, and is told when its bytes are read again. */
  async scan(index: number): Promise<KinetoPart> {
    const { events } = this
    let startsAt = -1
    let isFaulty = false
    try {
      startsAt = await this.feed(index * this.job.partBytes)
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      isFaulty = true
    }
    const names: string[] = []
    for (; this.names < events.names.length; this.names++) names.push(events.names.text(this.names))
    const { operators } = events
    const fresh = operators.data.slice(this.operators * OPERATOR_COLUMNS, operators.length * OPERATOR_COLUMNS)
    this.operators = operators.length
    const skipped = events.skipped.entries()
    events.skipped = new Skipped()
    return {
      index,
      startsAt,
      endsAt: events.scanner.position,
      isFaulty: isFaulty || operators.dropped > 0 || skipped.length >= Skipped.MAX_REASONS,
      gpu: events.gpu.take(),
      launches: events.launches.take(),
      cpu: events.cpu.take(),
      annotations: events.annotations.take(),
      names,
      operators: fresh,
      categories: events.takeCategories(),
      skipped,
    }
  }

  /** Takes back the memory of a part's rows. */
  recycle({ gpu, launches, cpu, annotations }: PartRows): void {
    this.events.gpu.takeBack(gpu)
    this.events.launches.takeBack(launches)
    this.events.cpu.takeBack(cpu)
    this.events.annotations.takeBack(annotations)
  }

  /** Gives the scanner the part's bytes from its first event on, which it returns (-1: none). */
  private async feed(from: number): Promise<number> {
    const { partBytes, sizeBytes, opening } = this.job
    const { scanner } = this.events
    const partEnd = Math.min(from + partBytes, sizeBytes)
    let check: Utf8Check | undefined
    let startsAt = -1
    let held: Uint8Array = new Uint8Array(0) // where an opening may have begun
    for (let at = from, end = Math.min(partEnd + TAIL_BYTES, sizeBytes); at < sizeBytes; at = end, end = Math.min(end + partBytes, sizeBytes)) {
      let offset = at
      for await (const chunk of this.range(at, end)) {
        let bytes: Uint8Array = chunk
        if (check === undefined) {
          const searched = held.length === 0 ? chunk : joinBytes([held, chunk])
          const found = indexOf(searched, opening)
          const searchedAt = offset - held.length
          offset += chunk.length
          if ((found < 0 ? offset - opening.length : searchedAt + found) >= partEnd) return -1
          if (found < 0) {
            held = searched.slice(Math.max(0, searched.length - opening.length + 1))
            continue
          }
          startsAt = searchedAt + found
          check = new Utf8Check(this.job.file, this.tools, startsAt)
          scanner.pauseAt(partEnd)
          scanner.resumeAt(startsAt, true)
          bytes = searched.subarray(found)
        }
        check.take(bytes)
        scanner.feed(bytes)
        if (scanner.isPaused) return startsAt
      }
    }
    return startsAt
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    let same = 1
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++
    if (same === wanted.length) return at
  }
  return -1
}
