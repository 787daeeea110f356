import { bracketOf, classes, MAX_DEPTH } from './json-bytes.js'

const QUOTE = 34
const BACKSLASH = 92
/** What `run` gives. */
export const GOES_ON = -1
export const IS_BROKEN = -2

/** Goes over one value of JSON, a string or brackets, piece by piece: nothing of it is kept but which brackets are open, so that its size
 *  does not matter. Checks what `JsonScan` checks of values that nobody asked for. */
export class JsonPass {
  /** Where it is broken, and what should stand there. */
  faultAt = 0
  faultExpected = ''
  private readonly closers = new Uint8Array(MAX_DEPTH)
  private depth = 0
  private isString = false
  private isEscaped = false

  /** The next value begins. */
  start(): void {
    this.depth = 0
    this.isString = this.isEscaped = false
  }

  /** The index behind the value; `GOES_ON`: it does not end here. */
  run(buf: Uint8Array, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const c = buf[at]!
      if (this.isString) {
        if (this.isEscaped) this.isEscaped = false
        else if (c === BACKSLASH) this.isEscaped = true
        else if (c === 0) return this.stop(at, 'no zero byte')
        else if (c === QUOTE) {
          this.isString = false
          if (this.depth === 0) return at + 1
        }
        continue
      }
      const what = classes[c]!
      if (what === 0) continue
      if (what === bracketOf.quote) this.isString = true
      else if (what === bracketOf.opening) {
        if (this.depth === MAX_DEPTH) return this.stop(at, `at most ${MAX_DEPTH} brackets within each other`)
        this.closers[this.depth++] = c === 123 ? 125 : 93
      } else if (what === bracketOf.closing) {
        if (this.closers[this.depth - 1] !== c) return this.stop(at, this.closers[this.depth - 1] === 125 ? '}' : ']')
        if (--this.depth === 0) return at + 1
      } else return this.stop(at, 'JSON')
    }
    return GOES_ON
  }

  private stop(at: number, expected: string): number {
    this.faultAt = at
    this.faultExpected = expected
    return IS_BROKEN
  }
}
