import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'

const ROW = /^\s*(?:(\d{0,12}(?:\.\d{1,6})?) us)?\s*\|(?:\s*(\d{1,4})\s*\|)?\s*(?:([\w$.]{1,200})\(\)\s*([{;])?|(\}))\s*;?\s*$/
const MAX_DEPTH = 10_000

/** Closed frames and leaf calls become ops with the time of their own (their callees' taken off, rule `self-time`), in
 *  the order in which they ended. Frames that the file does not close have no time: counted, not guessed. OP-TEE has
 *  taken foreign interrupts out already. Throws `BadInput` when nothing is closed. */
export async function readOpteeGraph(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const open: { name: string; insideNs: number }[] = []
  let application = ''
  const add = (name: string, durationNs: number, selfNs: number, isFrame: boolean, line: number): void => {
    const parent = open.at(-1)
    if (parent !== undefined) parent.insideNs += durationNs
    const rules: Record<string, string> = isFrame ? { durationNs: 'self-time' } : {}
    drafts.add({ name, type: isFrame ? 'function' : 'leaf', durationNs: Math.max(0, selfNs), lane: application, rules }, { file: source.name, line })
  }
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const title = /^\s*Function graph for TA: ([0-9a-f-]{8,36}) @/i.exec(text)
      if (title !== null) {
        application = title[1]!
        return
      }
      const row = ROW.exec(text.slice(0, 600))
      if (row === null) {
        if (!/^\s*(\.\.\.)?\s*$|TEE load address @/.test(text)) skipped.count('line that is no row of the graph')
        return
      }
      const durationNs = row[1] === undefined ? NaN : decimalToNs(row[1], 'us')
      if (row[3] !== undefined && row[4] === '{') {
        if (open.length < MAX_DEPTH) open.push({ name: row[3], insideNs: 0 })
      } else if (row[3] !== undefined) {
        if (Number.isNaN(durationNs)) skipped.count('call without a duration')
        else add(row[3], durationNs, durationNs, false, line)
      } else {
        const frame = open.pop()
        if (frame === undefined) skipped.count('closing brace without its frame')
        else if (Number.isNaN(durationNs)) skipped.count('frame without a duration')
        else add(frame.name, durationNs, durationNs - frame.insideNs, true, line)
      }
    })
    if (open.length > 0) skipped.count('frame that is never closed', open.length)
    return await drafts.finish({
      device: 'unknown (OP-TEE)',
      tool: 'OP-TEE function graph',
      format: 'optee-graph',
      note: 'functions of a trusted application, not operators of a model: of use beside a trace, not for a replay',
      skipped,
    })
  } finally {
    drafts.close()
  }
}
