import { decimalAt } from '../decimal-text.js'

/** One row of the function graph tracer. */
export type GraphRow =
  | GraphFrame
  | { readonly what: 'event'; readonly event: string; readonly payload: string }
  | { readonly what: 'irq-in' }
  | { readonly what: 'irq-out' }

/** `durationNs` NaN: none stands there (a frame's start). A close has a name only where the tracer wrote it. */
export interface GraphFrame {
  readonly what: 'open' | 'leaf' | 'close'
  readonly name: string
  readonly durationNs: number
}

export interface Task {
  readonly comm: string
  readonly pid: number
}

export interface GraphLine {
  /** NaN without the TIME column. */
  readonly timeNs: number
  readonly cpu: number
  /** Of the TASK/PID column; undefined without it. */
  readonly task: Task | undefined
  readonly row: GraphRow
}

const CALL = /^\s*([\w.$]{1,200})(?: \[\w+\])?\(\)\s*(;|\{)?\s*$/
const CLOSE = /^\s*\}\s*(?:\/\*\s*([\w.$]{1,200})?[^*]*\*\/)?\s*$/
const COMMENT = /^\s*\/\*\s*([\w.-]{1,80}):\s*(.*?)\s*\*\/\s*$/

/** A row with its columns in front, as `cat trace` shows them; undefined for other lines. */
export function parseGraphLine(text: string): GraphLine | undefined {
  const columns = /^\s*(?:(\d{1,12}\.\d{6,9})\s*\|\s*)?(\d{1,5})\)(.*)$/.exec(text)
  if (columns === null) return undefined
  let rest = columns[3]!
  let task: GraphLine['task']
  const named = /^\s*([^|]{1,40})-(\d{1,10})\s*\|/.exec(rest.slice(0, 80))
  if (named !== null) {
    task = { comm: named[1]!, pid: Number(named[2]) }
    rest = rest.slice(named[0].length)
  }
  const row = rowOf(rest)
  return row && { timeNs: columns[1] === undefined ? NaN : decimalAt(columns[1], 9), cpu: Number(columns[2]), task, row }
}

/** `! 223.104 us  |  name() {`: the columns DURATION and FUNCTION CALLS, also of `funcgraph_entry` in a report. */
export function rowOf(text: string): GraphRow | undefined {
  if (/^\s*=+> \|\s*$/.test(text)) return { what: 'irq-in' }
  if (/^\s*<=+ \|\s*$/.test(text)) return { what: 'irq-out' }
  const columns = /^\s*(?:[+!#*@$]\s*)?(?:(\d{1,15}(?:\.\d{1,6})?) us)?\s*\|(.*)$/.exec(text)
  if (columns === null) return undefined
  const durationNs = columns[1] === undefined ? NaN : decimalAt(columns[1], 3)
  const body = columns[2]!
  const call = CALL.exec(body)
  if (call !== null) return { what: call[2] === '{' ? 'open' : 'leaf', name: call[1]!, durationNs }
  const close = CLOSE.exec(body)
  if (close !== null) return { what: 'close', name: close[1] ?? '', durationNs }
  const comment = COMMENT.exec(body)
  return comment === null ? undefined : { what: 'event', event: comment[1]!, payload: comment[2]! }
}

/** The middle line of a task switch: ` 1)  optee_e-143   =>  tee-sup-127  `. */
export function parseTaskSwitch(text: string): { cpu: number; from: Task; to: Task } | undefined {
  const found = /^\s*(?:\d{1,12}\.\d{6,9}\s*\|\s*)?(\d{1,5})\)\s*(\S.{0,40}?)-(\d{1,10})\s+=>\s+(\S.{0,40})-(\d{1,10})\s*$/.exec(text.slice(0, 200))
  if (found === null) return undefined
  return { cpu: Number(found[1]), from: { comm: found[2]!, pid: Number(found[3]) }, to: { comm: found[4]!, pid: Number(found[5]) } }
}
