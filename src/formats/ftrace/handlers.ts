import type { Moment } from './parts.js'

/** What tells that a handler begins and ends: the arrows of a function graph, frames of functions, events of interrupts. */
export type HandlerSign = 'arrow' | 'frame' | 'event'

interface Level {
  readonly sign: HandlerSign
  readonly at: Moment
  name: string
  /** Of what lies directly in it. */
  insideNs: number
}

/** A handler that is over, the outermost one: what ran in it is in its time. `tookNs` NaN: nothing tells it. */
export interface Handled {
  readonly at: Moment
  readonly name: string
  readonly tookNs: number
}

const MAX_LEVELS = 256
const UNNAMED = 'irq'

/** Handlers that interrupted one task, whichever signs tell of them: an arrow, the frame of the handler's function in it and the events of
 *  the interrupt in that are one handler, taken off once. A frame's time is the tracer's own measure, arrows hold what lies
 *  between them, events are as far apart as their times. */
export class Handlers {
  private readonly levels: Level[] = []

  get isOn(): boolean {
    return this.levels.length > 0
  }

  has(sign: HandlerSign): boolean {
    return this.levels.some((level) => level.sign === sign)
  }

  enter(at: Moment, sign: HandlerSign, name = UNNAMED): void {
    const { levels } = this
    if (levels.length === MAX_LEVELS) return this.drop()
    // The event names the interrupt, not the function that takes all of them.
    if (sign === 'event') for (const level of levels) if (level.name === UNNAMED || level.sign === 'frame') level.name = name
    levels.push({ sign, at, name, insideNs: 0 })
  }

  /** A function within a handler that called no other. */
  leaf(durationNs: number): void {
    const top = this.levels.at(-1)
    if (top !== undefined && durationNs > 0) top.insideNs += durationNs
  }

  /** `durationNs`: as the tracer measured the frame. What it was, when no handler is on any more. */
  leave(at: Moment, sign: HandlerSign, durationNs = NaN): Handled | undefined {
    const { levels } = this
    if (!this.has(sign)) return undefined
    let level = levels.pop()!
    while (level.sign !== sign) level = levels.pop()!
    const byClock = at.timeNs - level.at.timeNs
    const byInside = level.insideNs > 0 ? level.insideNs : NaN
    const measures = { arrow: [byInside, byClock], frame: [durationNs, byInside], event: [byClock, byInside] }[sign]
    const tookNs = measures.find((ns) => ns >= 0) ?? NaN
    const outer = levels.at(-1)
    if (outer === undefined) return { at: level.at, name: level.name, tookNs }
    if (tookNs > 0) outer.insideNs += tookNs
    return undefined
  }

  /** The end of the outermost one is lost: what it was as far as what lies in it tells. */
  cut(): Handled | undefined {
    const outer = this.levels[0]
    this.drop()
    return outer === undefined || outer.insideNs === 0 ? undefined : { at: outer.at, name: outer.name, tookNs: outer.insideNs }
  }

  /** Its end is lost. */
  drop(): void {
    this.levels.length = 0
  }
}
