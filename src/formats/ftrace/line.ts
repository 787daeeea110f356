import { decimalAt } from '../decimal-text.js'

/** One event of a trace of the Linux kernel. */
export interface FtraceEvent {
  /** As written: cut to 7, 8 or 15 characters, `<...>` when the kernel had forgotten it. */
  comm: string
  pid: number
  cpu: number
  /** Since the clock's origin; NaN: the line has no time. */
  timeNs: number
  event: string
  payload: string
}

/** Where a header can end: names are 15 characters, the rest are columns. */
const MAX_HEADER = 200

/** An event line of `cat trace`, `trace_pipe` (with or without flags and tgid), latency-format, or `trace-cmd report`
 *  (also with `-l` and `-t`); a line of the function tracer has the event `function`. Undefined for anything else. */
export function parseEventLine(text: string): FtraceEvent | undefined {
  const head = text.slice(0, MAX_HEADER)
  const columns =
    /\[(\d{1,5})\]\s+(?:[A-Za-z.#!\d]{3,9}\s+)?(\d{1,12}\.\d{6,9}): /.exec(head) ??
    /\s(\d{1,4}?)[A-Za-z.#!][A-Za-z.#!\d]{2,7}\s+(\d{1,12}\.\d{6,9}|\d{1,15}us[ +!#*@$]?): /.exec(head)
  if (columns === null) return undefined
  const owner = head.slice(0, columns.index).trim().replace(/\s+\((?:\s*\d+|-+)\)$/, '')
  // Names may hold dashes and brackets: the pid is what follows the last dash.
  const dash = owner.lastIndexOf('-')
  const pid = owner.slice(dash + 1)
  if (dash < 1 || !/^\d{1,10}$/.test(pid)) return undefined
  const rest = text.slice(columns.index + columns[0].length).trimStart()
  const [event, payload] = wordsOf(rest)
  return {
    comm: owner.slice(0, dash),
    pid: Number(pid),
    cpu: Number(columns[1]),
    timeNs: timeOf(columns[2]!),
    event,
    payload,
  }
}

/** `name: payload`; the function tracer's `callee [module] <-caller` becomes the event `function`. */
function wordsOf(rest: string): readonly [event: string, payload: string] {
  const named = /^([\w.-]{1,80}):\s*/.exec(rest)
  if (named !== null) return [named[1]!, rest.slice(named[0].length)]
  const called = /^([\w.$]{1,200})(?: \[\w+\])? <-/.exec(rest)
  return called === null ? ['', rest] : ['function', called[1]!]
}

const timeOf = (text: string): number => (text.includes('us') ? decimalAt(text.replace(/us.?$/, ''), 3) : decimalAt(text, 9))
