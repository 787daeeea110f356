import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import type { KinetoEvents } from '../kineto-events.js'
import { Utf8Check, checkedChunks } from '../utf8.js'
import { PartMerge } from './merge-parts.js'
import { MERGED, NEXT, type KinetoPart, type PartJob, type Range, type ScanThread } from './part.js'
import { PartScanner } from './scan-part.js'

const PART_BYTES = 4 << 20

/** Gives `events` the whole file: in order, or, of a plain one and with another thread, in parts that both threads
 *  scan and that are merged in order. The rows are the same. Throws `BadInput`. */
export async function feedEvents(events: KinetoEvents, source: Source, tools: ImportTools, partBytes = PART_BYTES): Promise<void> {
  const { scanner } = events
  const range = source.range?.bind(source)
  if (range === undefined || source.sizeBytes <= partBytes || tools.executionTrace !== undefined || tools.startScanThread === undefined) {
    for await (const chunk of checkedChunks(source, tools)) scanner.feed(chunk)
    return
  }
  const thread = tools.startScanThread() // it starts up while the first part is read here
  try {
    const whole = new Whole(events, source, range, tools)
    scanner.pauseAt(partBytes)
    await whole.feed(0)
    if (!scanner.isPaused) return
    const opening = scanner.opening()
    if (opening !== undefined && !Number.isNaN(events.baseUs)) {
      const { name, sizeBytes } = source
      const claims = new Int32Array(new SharedArrayBuffer(8)).fill(1)
      const job: PartJob = { file: name, sizeBytes, partBytes, opening, baseUs: events.baseUs, claims }
      await new Parts(job, whole, thread, tools).run()
    }
    scanner.resumeAt(scanner.position, Infinity)
    await whole.feed(scanner.position)
  } finally {
    thread.close()
  }
}

/** The file as one thread reads it, from anywhere on. */
class Whole {
  constructor(
    readonly events: KinetoEvents,
    readonly source: Source,
    readonly range: Range,
    private readonly tools: ImportTools,
  ) {}

  /** Feeds the scanner from `from` on until it pauses or the file ends. */
  async feed(from: number): Promise<void> {
    const { scanner } = this.events
    const check = new Utf8Check(this.source.name, this.tools, from)
    for await (const chunk of this.range(from, this.source.sizeBytes)) {
      check.take(chunk)
      scanner.feed(chunk)
      this.tools.onProgress?.(check.offset)
      if (scanner.isPaused) return
    }
    check.end()
  }
}

/** Both threads over one list of parts; each is merged when all before it are. */
class Parts {
  private readonly ready = new Map<number, { readonly part: KinetoPart; readonly merge: PartMerge; readonly by: Pick<ScanThread, 'recycle'> }>()
  private merged = 1

  constructor(
    private readonly job: PartJob,
    private readonly whole: Whole,
    private readonly thread: ScanThread,
    private readonly tools: ImportTools,
  ) {}

  /** Leaves the scanner where what is still to be read in order begins: behind the last part, or where one did not fit. */
  async run(): Promise<void> {
    const { job, whole, thread } = this
    const count = Math.ceil(job.sizeBytes / job.partBytes)
    const own = new PartScanner(job, whole.range, this.tools)
    const ownMerge = new PartMerge(whole.events)
    const otherMerge = new PartMerge(whole.events)
    try {
      thread.begin(job, (part) => this.ready.set(part.index, { part, merge: otherMerge, by: thread }))
      while (this.merged < count) {
        if (!(await this.mergeReady())) return
        if (this.merged === count) return
        const index = own.claim()
        if (index !== undefined) this.ready.set(index, { part: await own.scan(index), merge: ownMerge, by: own })
        else if (!this.ready.has(this.merged) && !(await thread.came())) return
      }
    } finally {
      Atomics.store(job.claims, NEXT, count) // nobody takes another one
      Atomics.store(job.claims, MERGED, count)
      Atomics.notify(job.claims, MERGED)
    }
  }

  /** Merges what is next in order; false: the rest has to be read in order. */
  private async mergeReady(): Promise<boolean> {
    for (let next = this.ready.get(this.merged); next !== undefined; next = this.ready.get(this.merged)) {
      if (!(await this.fits(next.part)) || !next.merge.add(next.part)) return false
      next.by.recycle(next.part)
      const { scanner } = this.whole.events
      if (next.part.startsAt >= 0) scanner.resumeAt(next.part.endsAt, Infinity)
      this.tools.onProgress?.(scanner.position)
      this.ready.delete(this.merged++)
      Atomics.store(this.job.claims, MERGED, this.merged)
      Atomics.notify(this.job.claims, MERGED)
    }
    return true
  }

  /** Whether a part begins where all before it end: events between (they begin otherwise) are read now. */
  private async fits({ startsAt, isFaulty }: KinetoPart): Promise<boolean> {
    const { scanner } = this.whole.events
    if (isFaulty) return false
    if (startsAt < 0 || startsAt === scanner.position) return true
    if (startsAt < scanner.position) return false
    scanner.resumeAt(scanner.position, startsAt)
    await this.whole.feed(scanner.position)
    return scanner.isPaused && scanner.position === startsAt
  }
}
