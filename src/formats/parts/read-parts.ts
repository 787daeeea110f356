import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import type { KinetoEvents } from '../kineto-events.js'
import { Utf8Check, checkedChunks } from '../utf8.js'
import { PartClaims } from './claims.js'
import { mergePart } from './merge-part.js'
import { OTHER_COLUMNS, type KinetoPart, type Range, type ScanThread } from './part.js'

/** Small enough that both threads end at nearly the same time, large enough that handing over costs little. */
const partBytesOf = (sizeBytes: number): number => (sizeBytes < 2 ** 30 ? 2 << 20 : 4 << 20)
/** What is read before the other thread begins: most of what a file has to teach is there. */
const FIRST_BYTES = 2 << 20
/** So many events of a part that the other thread does not know: it is told what was learned since. */
const MANY_OTHERS = 100

/** Gives `events` the whole file: in order, or, of a plain one and with another thread, its parts in order, some of which that
 *  thread has scanned. The rows are the same. Throws `BadInput`. */
export async function feedEvents(events: KinetoEvents, source: Source, tools: ImportTools, partBytes = partBytesOf(source.sizeBytes)): Promise<void> {
  const { scanner, matcher } = events
  const { scanThread: thread, executionTrace } = tools
  const range = source.range?.bind(source)
  if (range === undefined || thread === undefined || matcher === undefined || executionTrace !== undefined || source.sizeBytes <= partBytes) {
    for await (const chunk of checkedChunks(source, tools)) scanner.feed(chunk)
    return
  }
  const whole = new Whole(events, source, range, tools)
  scanner.pauseAt(Math.min(FIRST_BYTES, partBytes))
  await whole.feed()
  if (!scanner.isPaused) return
  const opening = scanner.opening()
  const { baseUs } = events
  const { name: file, sizeBytes } = source
  const isShared = opening !== undefined && !Number.isNaN(baseUs)
  const claims = PartClaims.of(isShared ? Math.ceil(sizeBytes / partBytes) : 0)
  const parts = new Parts(claims, partBytes, whole, thread)
  if (isShared) thread.begin({ file, sizeBytes, partBytes, opening, baseUs, learned: matcher.learned(), claims: claims.shared }, (part) => parts.came(part))
  try {
    await parts.read()
  } finally {
    claims.end()
  }
}

/** The file as one thread reads it, from anywhere on. */
class Whole {
  constructor(
    readonly events: KinetoEvents,
    readonly source: Source,
    private readonly range: Range,
    private readonly tools: ImportTools,
  ) {}

  /** Feeds the scanner from where it stands until it pauses or the file ends. */
  async feed(): Promise<void> {
    const { scanner } = this.events
    const from = scanner.position
    scanner.resumeAt(from)
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

/** The parts in their order: read here, or taken from the other thread. */
class Parts {
  private readonly ready = new Map<number, KinetoPart>()
  private next = 0
  private taught = 0
  private isGone = false

  constructor(
    private readonly claims: PartClaims,
    private readonly partBytes: number,
    private readonly whole: Whole,
    private readonly thread: ScanThread,
  ) {}

  came(part: KinetoPart): void {
    this.ready.set(part.index, part)
  }

  async read(): Promise<void> {
    const { claims, partBytes, whole } = this
    const { scanner } = whole.events
    while (this.next < claims.parts) {
      if (!claims.take(this.next)) {
        const part = await this.part(this.next)
        const isFitting = part !== undefined && (await this.fits(part))
        if (isFitting) this.merge(part)
        if (part !== undefined) this.thread.recycle(part)
        if (isFitting) {
          claims.done = ++this.next
          continue
        }
      }
      claims.done = ++this.next
      scanner.pauseAt(this.next * partBytes, (position) => this.further(position))
      await whole.feed()
      if (!scanner.isPaused) return
      this.teach()
    }
    scanner.pauseAt(Infinity)
    await whole.feed()
  }

  /** Reads on where the other thread has not taken what comes next. */
  private further(position: number): number {
    const { claims, partBytes } = this
    while (this.next < claims.parts && this.next * partBytes <= position && claims.take(this.next)) claims.done = ++this.next
    return this.next < claims.parts ? this.next * partBytes : Infinity
  }

  /** A part that the other thread has taken; undefined: it is gone. */
  private async part(index: number): Promise<KinetoPart | undefined> {
    while (!this.ready.has(index) && !this.isGone) this.isGone = !(await this.thread.came())
    const part = this.ready.get(index)
    this.ready.delete(index)
    return part
  }

  private merge(part: KinetoPart): void {
    const { events } = this.whole
    events.scanner.pauseAt(Infinity)
    mergePart(part, events)
    const others = part.others.length / OTHER_COLUMNS
    if (others > MANY_OTHERS) this.teach()
  }

  private teach(): void {
    const { matcher } = this.whole.events
    if (matcher === undefined || matcher.lessons === this.taught) return
    this.taught = matcher.lessons
    this.thread.teach(matcher.learned())
  }

  /** Whether a part begins where all before it end: events between (they begin otherwise) are read now. */
  private async fits({ startsAt, isFaulty }: KinetoPart): Promise<boolean> {
    const { scanner } = this.whole.events
    if (isFaulty) return false
    if (startsAt < 0 || startsAt === scanner.position) return true
    if (startsAt < scanner.position) return false
    scanner.pauseAt(startsAt)
    await this.whole.feed()
    return scanner.isPaused && scanner.position === startsAt
  }
}
