import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import { Expansion, type Aggregate } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { kindOfGraphOp } from '../graph-kinds.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { MachineLines } from '../machine-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { untoldRequest } from '../untold-request.js'
import { xnnpackType } from '../xnnpack-type.js'
import { DelegateWords } from './delegate-words.js'

const NUMBER = '[\\d.]{1,16}(?:e[+-]?\\d{1,3})?'
const SHARE = '(?:[\\d.e+-]{1,16}|-?nan)%'
/** From the right: types hold blanks and commas. Columns `[start]` (old), first, avg, %, cdf, mem, times called, name. */
const row = (gap: string): RegExp =>
  new RegExp(`^\\s*(\\S.{0,300}?)${gap}(?:${NUMBER}${gap})?${NUMBER}${gap}(${NUMBER})${gap}${SHARE}${gap}${SHARE}${gap}${NUMBER}${gap}(\\d{1,9})${gap}(\\S.*)$`)
const TEXT = row('\\s')
const CSV = row(', ?')
const MAX_LINE = 10_000
const MAX_ROWS = 20_000

interface Row {
  readonly aggregate: Aggregate
  readonly draft: Omit<OpDraft, 'durationNs'>
  readonly type: string
  readonly isLoad: boolean
  /** An op inside one that a delegate took. */
  readonly isInner: boolean
  readonly isInSubgraph: boolean
  /** Which recording of the file. */
  readonly recording: number
}

/** Keeps the rows in run order of the regular runs and of the initialisation (phase load); other sections list the same
 *  ops again. A delegate whose own ops are listed, and control flow whose subgraphs are, keep the time that is their own. An op's
 *  time is its mean times how often it was called. Benchmarks behind each other are steps. Throws `BadInput`. */
export async function readTflite(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const rows: Row[] = []
  let isLoad = false
  let isOrder = true
  let isInternal = false
  let isInSubgraph = false
  let timings = ''
  let recording = 0
  let hasPrimary = false
  const delegates = new DelegateWords()
  const machine = new MachineLines()
  await eachLogLine(source, tools, skipped, (text, line) => {
    if (text.length > MAX_LINE) return skipped.count('line of over 10000 characters')
    machine.line(text)
    delegates.line(text)
    const init = /Profiling Info for Benchmark Initialization/i.test(text)
    if (init || /Profiling Info for Regular Benchmark Runs/i.test(text)) {
      isLoad = init
      if (init && hasPrimary) {
        recording++
        hasPrimary = false
      }
      isInternal = false
      isInSubgraph = /\bSubgraph \(index: \d/.test(text)
    } else if (/\bDelegate internal:/.test(text)) isInternal = true
    else if (/\bPrimary graph\b.{0,300}:\s*$/.test(text)) isInternal = isInSubgraph = false
    else if (/\bSubgraph \(index: \d/.test(text)) isInSubgraph = true
    timings = timingsOf(text) ?? timings
    const section = /====\s{0,20}([^=\s][^=]{0,60})====/.exec(text)
    if (section !== null) {
      isOrder = /^Run Order$/i.test(section[1]!.trim())
      if (isOrder && hasPrimary && !isLoad && !isInternal && !isInSubgraph) {
        recording++
        hasPrimary = false
      }
    }
    if (!text.includes('%')) return isOrder && isCut(text) ? skipped.count('row that is cut') : undefined
    // Runs of blanks as one, so that no gap can be split in many ways.
    const found = TEXT.exec(text.replace(/\s{2,}/g, ' ')) ?? CSV.exec(text)
    if (found === null) return isOrder && isCut(text) ? skipped.count('row that is cut') : undefined
    if (!isOrder) return skipped.count('row that another section lists in run order')
    if (rows.length === MAX_ROWS) throw new BadInput({ file: source.name, line }, `at most ${MAX_ROWS} ops`, 'more of them')
    const [, type, avg, times, name] = found as unknown as string[]
    const aggregate = aggregateOf(type!, avg!, Number(times), name!, { file: source.name, line })
    const isInner = isInternal || type === 'DelegateOpInvoke'
    hasPrimary ||= !isLoad && !isInner && !isInSubgraph
    rows.push({ ...aggregate, type: type!, isLoad, isInner, isInSubgraph, recording })
  })
  const drafts = new OpDrafts(source, into, tools)
  const expansion = new Expansion(drafts)
  try {
    for (let step = 0; step <= recording; step++) {
      const own = rows.filter((row) => row.recording === step)
      const shares = ownShares(own)
      const aggregates = own.map((row, i) => aggregateIn(row, shares[i], delegates))
      const gone = aggregates.filter((one) => one === undefined).length
      if (gone > 0) skipped.count('op around others, with no time of its own', gone)
      for (const phase of ['load', 'other'] as const)
        await expansion.spread(aggregates.filter((one, i): one is Aggregate => one !== undefined && own[i]!.isLoad === (phase === 'load')), 1, () => ({ phase, step }))
    }
    return await drafts.finish({
      device: machine.device() ?? 'unknown (TensorFlow Lite)',
      tool: 'TFLite benchmark_model',
      format: 'tflite-op-profile',
      note: `means over the runs of the benchmark; ${delegates.isKnown ? 'the processor of a delegate is that of its name' : 'which processor a delegate used, the file does not say'}${timings}`,
      requests: untoldRequest,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** Type and two times, but not all cells: of a row whose end is lost. */
const isCut = (text: string): boolean => text.length < 2000 && /^\s*[A-Za-z][^\t,]{0,300}(?:\t|, ?)\s{0,40}\d{1,9}\.\d{1,6}(?:\t|, ?)\s{0,40}\d{1,9}(?:\.\d{0,6})?(?:[\t, ]|$)/.test(text)

function aggregateOf(type: string, avg: string, times: number, name: string, place: Place): Pick<Row, 'aggregate' | 'draft'> {
  const meanNs = decimalToNs(avg, 'ms')
  const count = Math.max(1, times)
  if (Number.isNaN(meanNs) || !Number.isSafeInteger(meanNs * count)) throw new BadInput({ ...place, field: 'avg ms' }, 'milliseconds', avg)
  const label = name.trim().replaceAll('\t', ',')
  const dataType = xnnpackType(type)
  const draft: Row['draft'] = {
    name: label,
    type,
    kind: kindOfGraphOp(type === 'DelegateOpInvoke' ? label : type),
    layer: layerOfOpName(label),
    processor: 'cpu',
    lane: label.startsWith('Delegate/') ? 'delegate' : '',
    ...(dataType === undefined ? {} : { dataType }),
    rules: { kind: 'op-type', layer: 'node-name', processor: 'no-processor-in-file', ...(dataType === undefined ? {} : { dataType: 'op-type' }) },
  }
  return { draft, aggregate: { count, totalNs: meanNs * count, place, draft } }
}

/** A row as it counts: on its delegate's processor, of a holder the time that is its own; undefined: it has none. */
function aggregateIn({ aggregate, draft, isInner, isLoad }: Row, share: number | undefined, delegates: DelegateWords): Aggregate | undefined {
  const { totalNs } = aggregate
  if (share !== undefined) {
    const ownNs = Math.round(share * totalNs)
    const rules = { kind: 'own-time-of-a-caller', durationNs: 'own-time-of-a-caller', processor: 'no-processor-in-file' }
    return ownNs === 0 ? undefined : { ...aggregate, totalNs: ownNs, draft: { name: draft.name, type: draft.type!, kind: 'dispatch', processor: 'cpu', rules } }
  }
  const isDelegated = !isLoad && (isInner || draft.name.startsWith('Delegate/') || isDelegate(draft.type!))
  const processor = isDelegated ? delegates.processor : undefined
  return processor === undefined ? aggregate : { ...aggregate, draft: { ...draft, processor, rules: { ...draft.rules, processor: 'delegate-name' } } }
}

const isDelegate = (type: string): boolean => /^(?:TfLite\w{0,60}Delegate\w{0,20}|DELEGATE)(?:\/|$)/.test(type)
const isControlFlow = (type: string): boolean => /^(?:WHILE|IF|CALL|STABLEHLO_WHILE)(?:\/|$)/.test(type)

/** By row: the share of its time that is its own, where it holds others of the table (the ops that a delegate took, the subgraphs of
 *  control flow); undefined: it holds none. Which call an op is in, the table does not say: holders of one kind are taken together. */
function ownShares(rows: readonly Row[]): (number | undefined)[] {
  const shares: (number | undefined)[] = rows.map(() => undefined)
  const sum = (is: (row: Row) => boolean): number => rows.reduce((all, row) => (!row.isLoad && is(row) ? all + row.aggregate.totalNs : all), 0)
  for (const [isHolder, isHeld] of [
    [(row: Row) => !row.isInner && isDelegate(row.type), (row: Row) => row.isInner],
    [(row: Row) => !row.isInner && isControlFlow(row.type), (row: Row) => row.isInSubgraph && !row.isInner],
  ] as const) {
    if (!rows.some((row) => !row.isLoad && isHeld(row))) continue
    const all = sum((row) => isHolder(row))
    const share = all === 0 ? 0 : Math.max(0, 1 - sum((row) => isHeld(row) && !isHolder(row)) / all)
    for (const [i, row] of rows.entries()) if (!row.isLoad && isHolder(row)) shares[i] = share
  }
  return shares
}

/** The benchmark's own times, of whole inferences without the profiler. */
function timingsOf(text: string): string | undefined {
  const found = /Inference timings in us: Init: ([\d.e+]{1,20}), First inference: ([\d.e+]{1,20}), Warmup \(avg\): ([\d.e+]{1,20}), Inference \(avg\): ([\d.e+]{1,20})/.exec(text)
  return found === null ? undefined : `; the benchmark’s own times in µs: init ${found[1]}, first inference ${found[2]}, warm-up ${found[3]}, inference ${found[4]}`
}
