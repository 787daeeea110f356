import type { EventMatcher } from '../event-scanner.js'
import type { JsonScan } from '../json-bytes.js'
import { NUMBER, TEXT } from '../json-kinds.js'
import { UNWANTED } from '../kineto-what.js'
import { CAT, NAME, PID, TID } from './layout.js'
import { KinetoMatcher, matcherModule, type MatchedRows } from './matcher.js'
import { Templates } from './templates.js'

/** What it asks and tells whom it works for. */
export interface MatcherEvents extends MatchedRows {
  /** The number of the category in the slots; its complement: only the number of such events is wanted. */
  category(): number
  /** What events of this category are, if rows are to be made of them; else UNWANTED. */
  whatIs(category: number): number
  /** Events of a category were counted, or became rows. */
  onCount(category: number, count: number): void
}

/** The matcher beside the scanner of a file, which learns from what the scanner finds. What it does not know comes to the scanner,
 *  with values in its slots or without. The result is that of the scanner alone. */
export class LearningMatcher extends KinetoMatcher implements EventMatcher {
  private readonly templates: Templates
  /** How often it has learned something. */
  lessons = 0

  private constructor(
    module: WebAssembly.Module,
    roomBytes: number,
    private readonly events: MatcherEvents,
  ) {
    super(module, roomBytes, events)
    this.templates = new Templates(this.memory, this.bytes)
  }

  /** Undefined: this machine has no WebAssembly with vectors, and the scanner works alone. */
  static make(roomBytes: number, events: MatcherEvents): LearningMatcher | undefined {
    const module = matcherModule()
    return module === undefined ? undefined : new LearningMatcher(module, roomBytes, events)
  }

  /** Whether the event that did not match is to be learned. */
  wantsMore(): boolean {
    return this.templates.wantsMore()
  }

  /** Learns the event just scanned, in `at … end`. */
  learn(scan: JsonScan, at: number, end: number): void {
    if (scan.kind[CAT] !== TEXT) return
    this.flush()
    const category = this.events.category()
    this.lessons++
    this.templates.learn(scan, at, end, category, category < 0 ? UNWANTED : this.events.whatIs(category))
  }

  /** The event in the slots is of this thread and calls the operator of this row. */
  learnCall(thread: number, operator: number): void {
    if (!this.hasThread()) return
    this.lessons++
    this.code.keepCall(thread, operator)
  }

  /** The event in the slots is of this thread, and what its name calls launches a graph (1) or does not (0). */
  learnLaunch(thread: number, isGraph: number): void {
    if (!this.hasThread()) return
    this.lessons++
    this.code.keepLaunch(thread, isGraph)
  }

  /** The event in the slots is work of the device of this name. */
  learnDevice(name: number): void {
    if (this.room.kind[NAME] !== TEXT) return
    this.lessons++
    this.code.keepDevice(name)
  }

  /** Tells what was counted and taken up to now. */
  flush(): void {
    this.flushRows()
    for (const [category, count] of this.counted()) this.events.onCount(category, count)
  }

  /** Whether a thread and a name can be learned from the slots. */
  private hasThread(): boolean {
    const { kind } = this.room
    return kind[NAME] === TEXT && kind[PID] === NUMBER && kind[TID] === NUMBER
  }
}
