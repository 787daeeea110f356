import { BadInput } from '../base/errors.js'
import type { Trace } from '../trace/trace.js'
import { numberColumns, wordColumns } from './trace-op-line.js'
import { MAX_HEADER_BYTES, MAX_LINE_BYTES } from './worldswitch-trace.js'

const defaults = { layer: -1, tensor: -1, startNs: NaN, durationNs: NaN } as const
const wordFields = Object.entries(wordColumns) as [keyof typeof wordColumns, readonly string[]][]
const numberFields = Object.keys(numberColumns) as (keyof typeof numberColumns)[]

/** The trace as JSON Lines, each with its line end. Fields at their default are left out, words stand for indices;
 *  importing the lines again gives the same content hash. Throws `BadInput` for what would not import again (a line
 *  beyond the limits). */
export function* exportTrace(trace: Trace): Generator<string> {
  for (const value of traceLines(trace)) yield checkedLine(value, value.isHeader ? MAX_HEADER_BYTES : MAX_LINE_BYTES, trace)
}

/** The values of those lines: the header, then an op each. Other containers carry them as they are. */
export function* traceLines(trace: Trace): Generator<TraceLine> {
  const { header, strings, ops, after } = trace
  const seen = new StringOrder(strings)
  const unused = unusedTail(trace)
  yield { isHeader: true, value: { ...header, ops: ops.length, ...(unused.length === 0 ? {} : { strings: unused }) } }
  for (let i = 0; i < ops.length; i++) {
    const line: Record<string, unknown> = {}
    const fresh = seen.next(ops.type[i]!, ops.name[i]!)
    if (fresh.length > 0) line['strings'] = fresh
    for (const [field, words] of wordFields) if (ops[field][i] !== 0) line[field] = words[ops[field][i]!]
    if (ops.lane[i] !== 0) line['lane'] = header.lanes[ops.lane[i]!]
    if (ops.type[i] !== 0) line['type'] = strings[ops.type[i]!]
    if (ops.name[i] !== 0) line['name'] = strings[ops.name[i]!]
    for (const field of numberFields) {
      const value = ops[field][i]!
      if (value !== ((defaults as Partial<Record<string, number>>)[field] ?? 0)) line[field] = value
    }
    if (after.first[i + 1]! > after.first[i]!) line['after'] = [...after.to.subarray(after.first[i]!, after.first[i + 1]!)]
    yield { isHeader: false, value: line }
  }
}

export interface TraceLine {
  readonly isHeader: boolean
  readonly value: Readonly<Record<string, unknown>>
}

function checkedLine({ value }: TraceLine, limit: number, trace: Trace): string {
  const line = JSON.stringify(value)
  if (line.length * 3 > limit && new TextEncoder().encode(line).length > limit)
    throw new BadInput(
      { file: trace.header.name },
      `lines of at most ${limit} bytes`,
      `${line.length} characters`,
      'this trace is too large for the interchange',
    )
  return `${line}\n`
}

/** Strings are numbered by first use, an op's type before its name. Where a trace was numbered otherwise, the lines
 *  name the strings that come first, so that the numbers (and with them the hash) come out the same. */
class StringOrder {
  private known = 1

  constructor(private readonly strings: readonly string[]) {}

  next(type: number, name: number): string[] {
    const start = this.known
    for (const id of [type, name]) if (id === this.known) this.known++
    if (type < this.known && name < this.known) return []
    this.known = Math.max(type, name) + 1
    return this.strings.slice(start, this.known)
  }
}

/** Strings beyond the last one that an op uses. */
function unusedTail({ ops, strings }: Trace): readonly string[] {
  let used = 0
  for (let i = 0; i < ops.length; i++) used = Math.max(used, ops.type[i]!, ops.name[i]!)
  return strings.slice(used + 1)
}
