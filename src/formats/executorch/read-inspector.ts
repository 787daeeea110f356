import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { ProcessorName } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { givenClock, noClock, ticksToNs, type Clock } from '../cycles.js'
import { decimalToNs, nsPlaces } from '../decimal-text.js'
import { machineText } from '../machine-text.js'
import type { ImportTools } from '../format.js'
import { kindOfGraphOp } from '../graph-kinds.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { untoldRequest } from '../untold-request.js'
import { xnnpackType } from '../xnnpack-type.js'
import { ownShares } from './own-time.js'

const TURN = 1 << 16
/** Of rows kept until the whole table is known. */
const MAX_KEPT = 64 << 20
/** Events of a delegate that run beside each other can add up to more than their call, by as much as it has threads. */
const MOST_BESIDE = 10

interface Row {
  readonly block: string
  readonly name: string
  /** As written in column avg. */
  readonly avg: string
  readonly isDelegated: boolean
  readonly isCycles: boolean
  /** In the file's words; ''. */
  readonly backend: string
  readonly line: number
}

/** Rows in the table's order, each its average; of events around others the time that is their own. Each block that is not the load is a run.
 *  Cycles become time by the delegate's root rows or the caller's clock; in a table of cycles the host's events are left out,
 *  whose ticks are none. Throws `BadInput`. */
export async function readInspector(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const { rows: all, unit } = await rowsOf(source, tools, skipped)
  const meters = all.filter(({ name }) => isMeter(name))
  const isCycles = unit === 'cycles'
  const hasDelegated = all.some(({ isDelegated, name }) => isDelegated && !isMeter(name))
  const rows = all.filter(({ name, isDelegated }) => !isMeter(name) && !(isCycles && hasDelegated && !isDelegated))
  if (meters.length > 0) skipped.count('meter of a whole execution', meters.length)
  if (rows.length + meters.length < all.length) skipped.count('event of the host, in a table of the delegate’s cycles', all.length - rows.length - meters.length)
  const clock = rows.some((row) => isCycles || row.isCycles) ? (clockOf(all) ?? givenClock(tools)) : undefined
  const timed = rows.map((row) => timeOf(row, unit, clock, { file: source.name, line: row.line, field: 'avg' }))
  const scaled = rightScale(rows, timed, source.name)
  const shares = ownShares(rows.map((row, i) => ({ ...row, value: scaled[i]!.durationNs })))
  const drafts = new OpDrafts(source, into, tools)
  const runs = new Map<string, number>()
  try {
    for (const [i, row] of rows.entries()) {
      const share = shares[i]
      const step = isLoad(row.block) ? 0 : (runs.get(row.block) ?? runs.set(row.block, runs.size).size - 1)
      const time = scaled[i]!
      if (share === undefined) drafts.add({ ...draftOf(row, time), step }, { file: source.name, line: row.line })
      else if (Math.round(share * time.durationNs) > 0) drafts.add({ ...callerOf(row, Math.round(share * time.durationNs), time.rule), step }, { file: source.name, line: row.line })
      else skipped.count('event around others, with no time of its own')
      if (drafts.length % TURN === TURN - 1) await new Promise((resolve) => setTimeout(resolve))
    }
    const backends = new Set(rows.map(({ backend }) => backend).filter((backend) => backend !== ''))
    return await drafts.finish({
      device: `unknown (${machineText(['ExecuTorch', ...backends])!})`,
      tool: 'ExecuTorch Inspector',
      format: 'executorch-inspector',
      requests: untoldRequest,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

const isLoad = (block: string): boolean => /^Default$/i.test(block)

/** The table's rows, kept until all are known. */
async function rowsOf(source: Source, tools: ImportTools, skipped: Skipped): Promise<{ rows: Row[]; unit: string }> {
  const rows: Row[] = []
  let columns: readonly string[] | undefined
  let unit = 'ms'
  let kept = 0
  await eachLogLine(source, tools, skipped, (text, line) => {
    const cells = cellsOf(text)
    if (cells.includes('event_block_name') && cells.includes('event_name')) {
      const found = /\((\w{1,12})\)/.exec(cells.find((cell) => cell.startsWith('avg')) ?? '')?.[1] ?? 'ms'
      if (columns !== undefined && found !== unit)
        throw new BadInput({ file: source.name, line, field: 'avg' }, `one table, or several in ${unit}`, `another one in ${found}`, 'import them one by one')
      columns = cells
      unit = found
      return
    }
    if (columns === undefined) return
    if (cells.length < 3) return isCut(text) ? skipped.count('row that is cut') : undefined
    const at = (name: string): string => cells[columns!.findIndex((column) => column === name || column.startsWith(`${name} (`))] ?? ''
    const name = at('event_name')
    if (cells.every((cell) => /^(?:\.{2,3}|…)?$/.test(cell)) && cells.some((cell) => cell !== '')) return skipped.count('rows that the printer left out (…), at least')
    if (name === '' && isCut(text) && cells.length < columns.length) return skipped.count('row that is cut')
    if (name === '' || /^[-:─═]+$/.test(name)) return
    if (!/^(?=.*\d)[\d.]{1,24}(?:[eE][+-]?\d{1,3})?$/.test(at('avg'))) return skipped.count('row without an average')
    kept += text.length + 200
    if (kept > MAX_KEPT) throw new BadInput({ file: source.name, line }, `at most ${MAX_KEPT >> 20} MiB of rows`, 'more of them')
    const isCycles = /\(cycles\)/i.test(name)
    const isDelegated = /^true$/i.test(at('is_delegated_op')) || isCycles
    rows.push({ block: at('event_block_name'), name, avg: at('avg'), isDelegated, isCycles, backend: at('delegate_backend_name'), line })
  })
  if (unit !== 'cycles' && !Object.hasOwn(nsPlaces, unit)) throw new BadInput({ file: source.name, byteOffset: 0, field: 'avg' }, 'a column in ns, us, ms, s or cycles', unit)
  return { rows, unit }
}

interface Timed {
  readonly durationNs: number
  readonly rule: string
}

/** In a table of times, rows that say cycles were scaled as if a cycle were 1 ns, as all of the table is. */
function timeOf({ avg, isCycles }: Row, unit: string, clock: Clock | undefined, place: Place): Timed {
  const isTime = unit !== 'cycles'
  const value = isTime ? decimalToNs(avg, unit as keyof typeof nsPlaces) : Number(avg)
  const isTick = isCycles || !isTime
  if (isTick && clock === undefined) throw noClock(place, `${value} cycles`)
  const durationNs = isTick ? ticksToNs(value, clock!) : value
  if (!Number.isSafeInteger(durationNs)) throw new BadInput(place, `a time in ${unit}`, avg)
  return { durationNs, rule: isTick ? clock!.rule : 'mean-of-runs' }
}

/** A delegate that logs ns or µs of its own stands in a table of ms as if these were ms: then its events are many times as long as the
 *  call around them. They are read in the unit that fits into it. Throws `BadInput` where none does. */
function rightScale(rows: readonly Row[], timed: readonly Timed[], file: string): readonly Timed[] {
  const divisors = new Map<string, number>()
  for (const block of new Set(rows.map((row) => row.block))) {
    const sum = (is: (row: Row) => boolean): number => rows.reduce((all, row, i) => (row.block === block && is(row) ? all + timed[i]!.durationNs : all), 0)
    const around = sum(({ name }) => name === 'DELEGATE_CALL') || sum(({ name }) => name === 'Method::execute')
    const inner = sum(({ isDelegated, isCycles, name }) => isDelegated && !isCycles && name !== 'ETVK_COMPUTE_GRAPH_EXECUTE')
    if (around === 0 || inner <= MOST_BESIDE * around) continue
    const divisor = [1e3, 1e6, 1e9].find((one) => inner / one <= around * 1.05)
    if (divisor === undefined)
      throw new BadInput({ file, line: rows.find((row) => row.block === block && row.isDelegated)!.line, field: 'avg' }, 'events of a delegate within the call around them', `${inner} ns within ${around} ns`)
    divisors.set(block, divisor)
  }
  if (divisors.size === 0) return timed
  return timed.map((time, i) => {
    const { block, isDelegated, isCycles } = rows[i]!
    const divisor = divisors.get(block)
    return divisor === undefined || !isDelegated || isCycles ? time : { durationNs: Math.round(time.durationNs / divisor), rule: 'unit-by-call-around' }
  })
}

function draftOf({ name, block, isDelegated, backend }: Row, { durationNs, rule }: Timed): OpDraft {
  const bare = name.replace(/\s*\(cycles\)$/, '')
  const type = bare
    .replace(/:OpId_\d+.*$/, '')
    .replace(/^native_call_/, '')
    .replace(/ #\d{1,6}$/, '')
  const dataType = xnnpackType(type)
  return {
    name: bare,
    type,
    kind: kindOfGraphOp(type),
    phase: isLoad(block) ? 'load' : 'other',
    layer: layerOfOpName(type),
    processor: isDelegated ? processorOf(backend) : 'cpu',
    lane: isDelegated ? 'delegate' : '',
    ...(dataType === undefined ? {} : { dataType }),
    durationNs,
    rules: { kind: 'op-name', layer: 'node-name', phase: 'event-block', step: 'event-block', durationNs: rule, ...(dataType === undefined ? {} : { dataType: 'op-name' }), ...(isDelegated ? { processor: backend === '' ? 'delegated' : 'backend-name' } : {}) },
  }
}

/** The host's own time in a call: what lies between the events that it holds. */
const callerOf = ({ name, block }: Row, durationNs: number, rule: string): OpDraft => ({
  name,
  kind: 'dispatch',
  phase: isLoad(block) ? 'load' : 'other',
  processor: 'cpu',
  durationNs,
  rules: { kind: 'own-time-of-a-caller', phase: 'event-block', step: 'event-block', durationNs: rule === 'mean-of-runs' ? 'own-time-of-a-caller' : rule },
})

/** `XnnpackBackend`, `VulkanBackend`, `QnnBackend`, … */
const processorOf = (backend: string): ProcessorName => (/xnn|portable/i.test(backend) ? 'cpu' : /vulkan|metal|mps|cuda|opencl/i.test(backend) ? 'gpu' : 'npu')

/** A meter of a whole execution, beside the ops in it. */
const isMeter = (name: string): boolean => /^(?:Accelerator|QNN|RPC)\b.*\btime\b/.test(name)

/** The clock by the root rows `Accelerator (execute) time` (µs) and `… time (cycles)`; undefined without both. */
function clockOf(rows: readonly Row[]): Clock | undefined {
  const us = rows.find(({ name }) => /^Accelerator \(execute\) time(?: \(us\))?$/i.test(name))
  const cycles = rows.find(({ name }) => /^Accelerator \(execute\) time \(cycles\)$/i.test(name))
  const nsATick = us === undefined || cycles === undefined ? NaN : (Number(us.avg) * 1000) / Number(cycles.avg)
  return Number.isFinite(nsATick) && nsATick > 0 ? { nsATick, rule: 'cycles-by-root-time' } : undefined
}

/** A row's number and what follows it, without the rest. */
const isCut = (text: string): boolean => /^\s*[|│┃]?\s*\d{1,7}\s*[|│┃\t]\s*\w/.test(text) || /^(?:Default|Execute)\t/.test(text)

/** Cells between bars (plain or of a drawn box), or between tabs. */
function cellsOf(text: string): string[] {
  if (text.includes('\t')) return text.split('\t').map((cell) => cell.trim())
  return text.trim().replace(/^[|│┃]|[|│┃]$/g, '').split(/[|│┃]/).map((cell) => cell.trim())
}
