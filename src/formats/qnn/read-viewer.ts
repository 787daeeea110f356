import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { NO_CLOCK_NOTE, cyclesToNs } from '../cycles.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'

interface Node {
  readonly name: string
  readonly value: number
  readonly isCycles: boolean
  readonly place: Place
}

interface Inference {
  readonly nodes: Node[]
  accelerator: { us: number; cycles: number }
  rpcUs: number
  qnnAcceleratorUs: number
}

const MAX_NODES = 1_000_000
const fresh = (): Inference => ({ nodes: [], accelerator: { us: NaN, cycles: NaN }, rpcUs: NaN, qnnAcceleratorUs: NaN })

/** Reads inferences, each begun by its ROOT row `Number of HVX threads used`; per-op cycles become time by the root
 *  rows of the same inference (`Accelerator (execute) time` in µs and in cycles). Throws `BadInput`. */
export async function readViewer(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  let columns: readonly string[] | undefined
  let open = fresh()
  let step = 0
  let known = NaN
  let isClocked = true
  const flush = (): void => {
    if (open.nodes.length === 0) return
    const own = (open.accelerator.us * 1000) / open.accelerator.cycles
    if (Number.isFinite(own) && own > 0) known = own
    isClocked &&= open.nodes.every((node) => !node.isCycles) || !Number.isNaN(known)
    for (const node of open.nodes) add(drafts, node, known, step)
    const transportUs = open.rpcUs - open.qnnAcceleratorUs
    if (transportUs > 0)
      drafts.add({ name: 'transport', type: 'transport', phase: 'other', step, durationNs: Math.round(transportUs * 1000), rules: { step: 'root-rows', durationNs: 'outer-less-inner-meter' } }, open.nodes[0]!.place)
    step++
    open = fresh()
  }
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      if (/^"?Msg Timestamp"?,/.test(text)) {
        columns = cellsOf(text)?.map((cell) => cell.trim())
        return
      }
      if (columns === undefined || text.trim() === '') return
      const cells = cellsOf(text)
      if (cells === undefined || cells.length < 7) return skipped.count('row that is cut')
      const at = (name: string): string => cells[columns!.indexOf(name)]?.trim() ?? ''
      const [message, unit, name] = [at('Message'), at('Unit of Measurement'), at('Event Identifier')]
      const value = Number(at('Time'))
      const place = { file: source.name, line }
      if (!Number.isFinite(value) || value < 0) throw new BadInput({ ...place, field: 'Time' }, 'a number of 0 or more', at('Time'))
      if (/NODE/i.test(message) || (/SUB-EVENT/i.test(at('Event Level')) && /:OpId_\d+/.test(name))) {
        if (!/CYCLES|US|NS/i.test(unit)) return skipped.count(`op in ${unit.slice(0, 20)}`)
        if (open.nodes.length === MAX_NODES) throw new BadInput(place, `at most ${MAX_NODES} ops an inference`, 'more of them')
        open.nodes.push({ name: name.replace(/\s*\(cycles\)\s*$/i, ''), value: /US/i.test(unit) ? value * 1000 : value, isCycles: /CYCLES/i.test(unit), place })
      } else if (/Number of HVX threads used/i.test(name)) flush()
      else root(open, drafts, name, unit, value, place)
    })
    flush()
    return await drafts.finish({
      device: 'unknown (Qualcomm HTP)',
      tool: 'QNN profiling',
      format: 'qnn-profile',
      note: isClocked ? 'cycles of ops scaled to the accelerator’s time of their inference' : NO_CLOCK_NOTE,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function root(open: Inference, drafts: OpDrafts, name: string, unit: string, value: number, place: Place): void {
  const isUs = /US/i.test(unit)
  if (/^Accelerator \(execute\) time/i.test(name)) {
    if (isUs) open.accelerator.us = value
    else if (/CYCLES/i.test(unit)) open.accelerator.cycles = value
  } else if (/^RPC \(execute\) time/i.test(name) && isUs) open.rpcUs = value
  else if (/^QNN accelerator \(execute\) time/i.test(name) && isUs) open.qnnAcceleratorUs = value
  else if (/^QNN \(finalize\) time/i.test(name) && isUs) drafts.add({ name: 'finalize', type: 'finalize', phase: 'load', durationNs: Math.round(value * 1000) }, place)
}

function add(drafts: OpDrafts, { name, value, isCycles, place }: Node, nsACycle: number, step: number): void {
  const type = name.replace(/:OpId_\d+.*$/, '')
  const timed = isCycles ? cyclesToNs(value, nsACycle) : { durationNs: Math.round(value), rule: undefined }
  drafts.add(
    {
      name,
      type,
      kind: kindOfOpWord(type),
      phase: 'other',
      step,
      layer: layerOfOpName(type),
      processor: 'npu',
      lane: 'HTP',
      durationNs: timed.durationNs,
      rules: { kind: 'op-name', layer: 'node-name', step: 'root-rows', ...(timed.rule === undefined ? {} : { durationNs: timed.rule }) },
    },
    place,
  )
}

function cellsOf(line: string): string[] | undefined {
  try {
    return parse(line, { relax_column_count: true, relax_quotes: true, bom: true })[0] as string[] | undefined
  } catch {
    return undefined
  }
}
