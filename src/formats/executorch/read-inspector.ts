import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { ProcessorName } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { NO_CLOCK_NOTE, cyclesToNs } from '../cycles.js'
import { decimalToNs, nsPlaces } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'

/** Events that enclose others of their block, where these are listed: their times are in both. */
const holders: readonly (readonly [name: RegExp, held: (row: Row) => boolean])[] = [
  [/^Program::load_method$/, ({ name }) => name === 'Method::init'],
  [/^OPERATOR_CALL$/, ({ name }) => name.startsWith('native_call_')],
  [/^DELEGATE_CALL$/, ({ isDelegated }) => isDelegated],
  [/^ETVK_COMPUTE_GRAPH_EXECUTE$/, ({ name, isDelegated }) => isDelegated && !name.startsWith('ETVK_')],
  [/^(?:Method::execute|load_model|run_model)$/, ({ name }) => !/^(?:Method::execute|load_model|run_model)$/.test(name)],
]

const TURN = 1 << 16
/** Of rows kept until the whole table is known. */
const MAX_KEPT = 64 << 20

interface Row {
  readonly block: string
  readonly name: string
  /** As written in column avg. */
  readonly avg: string
  readonly isDelegated: boolean
  /** In the file's words; ''. */
  readonly backend: string
  readonly line: number
}

/** Rows in the table's order, each its average; events around others are left out, and in a table of cycles those of the
 *  host, whose ticks are no cycles. Cycles become time where the delegate's root rows tell the clock. Throws `BadInput`. */
export async function readInspector(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const rows: Row[] = []
  let columns: readonly string[] | undefined
  let unit = 'ms'
  let kept = 0
  await eachLogLine(source, tools, skipped, (text, line) => {
    const cells = cellsOf(text)
    if (cells.includes('event_block_name') && cells.includes('event_name')) {
      columns = cells
      unit = /\((\w{1,12})\)/.exec(cells.find((cell) => cell.startsWith('avg')) ?? '')?.[1] ?? 'ms'
      return
    }
    if (columns === undefined || cells.length < 3) return
    const at = (name: string): string => cells[columns!.findIndex((column) => column === name || column.startsWith(`${name} (`))] ?? ''
    const name = at('event_name')
    if (name === '' || name === '...' || /^[-:─═]+$/.test(name)) return
    if (!/^[\d.]{1,24}(?:[eE][+-]?\d{1,3})?$/.test(at('avg'))) return skipped.count('row without an average')
    kept += text.length + 200
    if (kept > MAX_KEPT) throw new BadInput({ file: source.name, line }, `at most ${MAX_KEPT >> 20} MiB of rows`, 'more of them')
    const isDelegated = /^true$/i.test(at('is_delegated_op')) || /\(cycles\)/i.test(name)
    rows.push({ block: at('event_block_name'), name, avg: at('avg'), isDelegated, backend: at('delegate_backend_name'), line })
  })
  const isCycles = unit === 'cycles'
  if (!isCycles && !Object.hasOwn(nsPlaces, unit)) throw new BadInput({ file: source.name, byteOffset: 0, field: 'avg' }, 'a column in ns, us, ms, s or cycles', unit)
  const nsACycle = isCycles ? clockOf(rows) : NaN
  const isAround = aroundOthers(rows)
  const hasDelegated = rows.some(({ isDelegated }) => isDelegated)
  const drafts = new OpDrafts(source, into, tools)
  try {
    for (const row of rows) {
      const place = { file: source.name, line: row.line }
      if (isAround(row)) skipped.count('event around others')
      else if (isCycles && hasDelegated && !row.isDelegated) skipped.count('event of the host, in a table of the delegate’s cycles')
      else {
        const timed = isCycles ? cyclesToNs(Number(row.avg), nsACycle) : { durationNs: decimalToNs(row.avg, unit as keyof typeof nsPlaces), rule: 'mean-of-runs' }
        if (!Number.isSafeInteger(timed.durationNs)) throw new BadInput({ ...place, field: 'avg' }, `a time in ${unit}`, row.avg)
        drafts.add(draftOf(row, timed), place)
      }
      if (drafts.length % TURN === TURN - 1) await new Promise((resolve) => setTimeout(resolve))
    }
    return await drafts.finish({
      device: 'unknown (ExecuTorch)',
      tool: 'ExecuTorch Inspector',
      format: 'executorch-inspector',
      ...(isCycles && Number.isNaN(nsACycle) ? { note: NO_CLOCK_NOTE } : {}),
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function draftOf({ name, block, isDelegated, backend }: Row, { durationNs, rule }: { durationNs: number; rule: string }): OpDraft {
  const bare = name.replace(/\s*\(cycles\)$/, '')
  const type = bare
    .replace(/:OpId_\d+.*$/, '')
    .replace(/^native_call_/, '')
    .replace(/ #\d{1,6}$/, '')
  return {
    name: bare,
    type,
    kind: kindOfOpWord(type),
    phase: /^Default$/i.test(block) ? 'load' : 'other',
    layer: layerOfOpName(type),
    processor: isDelegated ? processorOf(backend) : 'cpu',
    lane: isDelegated ? 'delegate' : '',
    durationNs,
    rules: { kind: 'op-name', layer: 'node-name', phase: 'event-block', durationNs: rule, ...(isDelegated ? { processor: backend === '' ? 'delegated' : 'backend-name' } : {}) },
  }
}

/** `XnnpackBackend`, `VulkanBackend`, `QnnBackend`, … */
const processorOf = (backend: string): ProcessorName => (/xnn|portable/i.test(backend) ? 'cpu' : /vulkan|metal|mps|cuda|opencl/i.test(backend) ? 'gpu' : 'npu')

function aroundOthers(rows: readonly Row[]): (row: Row) => boolean {
  const held = new Map<string, Set<number>>()
  for (const row of rows) {
    let found = held.get(row.block)
    if (found === undefined) held.set(row.block, (found = new Set()))
    for (const [h, [, isHeld]] of holders.entries()) if (isHeld(row)) found.add(h)
  }
  return ({ block, name }) => isMeter(name) || holders.some(([pattern], h) => pattern.test(name) && held.get(block)!.has(h))
}

/** A meter of a whole execution, beside the ops in it. */
const isMeter = (name: string): boolean => /^(?:Accelerator|QNN|RPC)\b.*\btime\b/.test(name)

/** ns a cycle by the root rows `Accelerator (execute) time` (µs) and `… time (cycles)`; NaN without both. */
function clockOf(rows: readonly Row[]): number {
  const us = rows.find(({ name }) => /^Accelerator \(execute\) time(?: \(us\))?$/i.test(name))
  const cycles = rows.find(({ name }) => /^Accelerator \(execute\) time \(cycles\)$/i.test(name))
  const ns = us === undefined || cycles === undefined ? NaN : (Number(us.avg) * 1000) / Number(cycles.avg)
  return Number.isFinite(ns) && ns > 0 ? ns : NaN
}

/** Cells between bars (plain or of a drawn box), or between tabs. */
function cellsOf(text: string): string[] {
  if (text.includes('\t')) return text.split('\t').map((cell) => cell.trim())
  return text.trim().replace(/^[|│┃]|[|│┃]$/g, '').split(/[|│┃]/).map((cell) => cell.trim())
}
