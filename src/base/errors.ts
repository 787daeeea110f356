import { printable, quoteFound } from './quote.js'

/** Where a bad input was met; every part that is known. */
export interface Place {
  readonly file?: string
  readonly line?: number
  readonly byteOffset?: number
  readonly field?: string
}

/** An input that cannot be used: data first, a sentence second. Only verbs know exit codes (3 for this one).
 *  `file:line: field: expected X, found Y; do Z`; what was found is quoted, escaped and cut. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
  constructor(
    readonly place: Place,
    readonly expected: string,
    readonly found?: unknown,
    readonly hint?: string,
  ) {
    super(sentence(place, expected, found, hint))
  }
}

/** A number of a file that lies outside the bounds of the setting that it is for: refused as the same number on the command
 *  line is (exit code 2), with the place in the file. */
export class OutOfBounds extends BadInput {}

/** The command was used wrongly: an unknown name, an impossible combination (exit code 2). */
export class UsageFault extends Error {
  override readonly name = 'UsageFault'
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(oneLine(hint === undefined ? message : `${message}; ${hint}`))
  }
}

/** A check that a verb was asked to make did not hold (exit code 4). */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed'
}

/** A law of the program itself was broken: a bug of ours, with what is needed to report it (exit code 1). */
export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw'
}

function sentence(place: Place, expected: string, found: unknown, hint: string | undefined): string {
  let where = place.file === undefined ? '' : printable(place.file, 200)
  if (place.line !== undefined) where += `:${place.line}`
  else if (place.byteOffset !== undefined) where += `:byte ${place.byteOffset}`
  const parts = [where, place.field === undefined ? '' : printable(place.field, 80)].filter((part) => part !== '')
  const said = `expected ${expected}${found === undefined ? '' : `, found ${quoteFound(found)}`}`
  return oneLine(`${[...parts, said].join(': ')}${hint === undefined ? '' : `; ${hint}`}`)
}

/** Whatever a library or a file had to say: one line, no control characters. */
const oneLine = (text: string): string => printable(text, 5000)
