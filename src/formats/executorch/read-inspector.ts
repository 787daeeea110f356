import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { NO_CLOCK_NOTE, cyclesToNs } from '../cycles.js'
import { decimalToNs, nsPlaces } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'

/** Events that enclose those listed behind them. */
const AROUND = /^(Method::execute|Program::load_method|Method::init|OPERATOR_CALL|DELEGATE_CALL|load_model|run_model)$/

interface Row {
  readonly block: string
  readonly name: string
  /** As written in column avg. */
  readonly avg: string
  readonly isDelegated: boolean
  readonly line: number
}

/** Rows in the table's order, each its average; events around others are left out. Cycles become time where the
 *  delegate's root rows tell the clock. Throws `BadInput`. */
export async function readInspector(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const rows: Row[] = []
  let columns: readonly string[] | undefined
  let unit = 'ms'
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
    if (rows.length === 1_000_000) throw new BadInput({ file: source.name, line }, 'at most 1000000 rows', 'more of them')
    rows.push({ block: at('event_block_name'), name, avg: at('avg'), isDelegated: /^true$/i.test(at('is_delegated_op')) || /cycles/i.test(name), line })
  })
  const isCycles = unit === 'cycles'
  if (!isCycles && !Object.hasOwn(nsPlaces, unit)) throw new BadInput({ file: source.name, byteOffset: 0, field: 'avg' }, 'a column in ns, us, ms, s or cycles', unit)
  const nsACycle = isCycles ? clockOf(rows) : NaN
  const drafts = new OpDrafts(source, into, tools)
  try {
    for (const { block, name, avg, isDelegated, line } of rows) {
      if (AROUND.test(name) || /^(Accelerator|QNN|RPC)\b.*time/.test(name)) {
        skipped.count('event around others')
        continue
      }
      const place = { file: source.name, line }
      const bare = name.replace(/\s*\(cycles\)\s*$/, '')
      const type = bare.replace(/:OpId_\d+.*$/, '').replace(/^native_call_/, '')
      const timed = isCycles ? cyclesToNs(Number(avg), nsACycle) : { durationNs: decimalToNs(avg, unit as keyof typeof nsPlaces), rule: 'mean-of-runs' }
      if (!Number.isSafeInteger(timed.durationNs)) throw new BadInput({ ...place, field: 'avg' }, `a time in ${unit}`, avg)
      drafts.add(
        {
          name: bare,
          type,
          kind: kindOfOpWord(type),
          phase: /^Default$/i.test(block) ? 'load' : 'other',
          layer: layerOfOpName(type),
          processor: isDelegated ? 'npu' : 'cpu',
          lane: isDelegated ? 'delegate' : '',
          durationNs: timed.durationNs,
          rules: { kind: 'op-name', layer: 'node-name', phase: 'event-block', durationNs: timed.rule, ...(isDelegated ? { processor: 'delegated' } : {}) },
        },
        place,
      )
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
