import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { DataType } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import { Expansion, type Aggregate } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'

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
  readonly type: string
  readonly isLoad: boolean
  /** An op inside one that a delegate took. */
  readonly isInner: boolean
  readonly isInSubgraph: boolean
}

/** Keeps the rows in run order of the regular runs and of the initialisation (phase load); other sections list the same
 *  ops again. Of a delegate whose own ops are listed, and of control flow whose subgraphs are, only these count. An op's
 *  time is its mean times how often it was called. Throws `BadInput`. */
export async function readTflite(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const rows: Row[] = []
  let isLoad = false
  let isOrder = true
  let isInternal = false
  let isInSubgraph = false
  let timings = ''
  await eachLogLine(source, tools, skipped, (text, line) => {
    if (text.length > MAX_LINE) return skipped.count('line of over 10000 characters')
    const init = /Profiling Info for Benchmark Initialization/i.test(text)
    if (init || /Profiling Info for Regular Benchmark Runs/i.test(text)) {
      isLoad = init
      isInternal = isInSubgraph = false
    } else if (/\bDelegate internal:/.test(text)) isInternal = true
    else if (/\bPrimary graph\b.{0,300}:\s*$/.test(text)) isInternal = isInSubgraph = false
    else if (/\bSubgraph \(index: \d/.test(text)) isInSubgraph = true
    timings = timingsOf(text) ?? timings
    const section = /====\s{0,20}([^=\s][^=]{0,60})====/.exec(text)
    if (section !== null) isOrder = /^Run Order$/i.test(section[1]!.trim())
    if (!text.includes('%')) return
    // Runs of blanks as one, so that no gap can be split in many ways.
    const found = TEXT.exec(text.replace(/\s{2,}/g, ' ')) ?? CSV.exec(text)
    if (found === null) return
    if (!isOrder) return skipped.count('row that another section lists in run order')
    if (rows.length === MAX_ROWS) throw new BadInput({ file: source.name, line }, `at most ${MAX_ROWS} ops`, 'more of them')
    const [, type, avg, times, name] = found as unknown as string[]
    const aggregate = aggregateOf(type!, avg!, Number(times), name!, { file: source.name, line })
    rows.push({ aggregate, type: type!, isLoad, isInner: isInternal || type === 'DelegateOpInvoke', isInSubgraph })
  })
  const around = aroundOthers(rows)
  const drafts = new OpDrafts(source, into, tools)
  const expansion = new Expansion(drafts)
  try {
    const isLeft = rows.filter((one) => !around(one))
    if (isLeft.length < rows.length) skipped.count('op around others', rows.length - isLeft.length)
    for (const phase of ['load', 'other'] as const)
      await expansion.spread(isLeft.filter((one) => one.isLoad === (phase === 'load')).map(({ aggregate }) => aggregate), 1, () => ({ phase }))
    return await drafts.finish({
      device: 'unknown (TensorFlow Lite)',
      tool: 'TFLite benchmark_model',
      format: 'tflite-op-profile',
      note: `means over the runs of the benchmark; which processor a delegate used, the file does not say${timings}`,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function aggregateOf(type: string, avg: string, times: number, name: string, place: Place): Aggregate {
  const meanNs = decimalToNs(avg, 'ms')
  const count = Math.max(1, times)
  if (Number.isNaN(meanNs) || !Number.isSafeInteger(meanNs * count)) throw new BadInput({ ...place, field: 'avg ms' }, 'milliseconds', avg)
  const label = name.trim().replaceAll('\t', ',')
  const dataType = typeOf(type)
  return {
    count,
    totalNs: meanNs * count,
    place,
    draft: {
      name: label,
      type,
      kind: kindOfOpWord(type === 'DelegateOpInvoke' ? label : type),
      layer: layerOfOpName(label),
      processor: 'cpu',
      lane: label.startsWith('Delegate/') ? 'delegate' : '',
      ...(dataType === undefined ? {} : { dataType }),
      rules: { kind: 'op-type', layer: 'node-name', processor: 'no-processor-in-file', ...(dataType === undefined ? {} : { dataType: 'op-type' }) },
    },
  }
}

/** Which rows hold others of the table: the ops that a delegate took, and control flow. */
function aroundOthers(rows: readonly Row[]): (row: Row) => boolean {
  const hasInner = rows.some(({ isInner, isLoad }) => isInner && !isLoad)
  const hasSubgraph = rows.some(({ isInSubgraph }) => isInSubgraph)
  return ({ type, isLoad, isInner }) =>
    !isLoad &&
    !isInner &&
    ((hasInner && /^(?:TfLite\w{0,60}Delegate\w{0,20}|DELEGATE)(?:\/|$)/.test(type)) ||
      (hasSubgraph && /^(?:WHILE|IF|CALL|STABLEHLO_WHILE)(?:\/|$)/.test(type)))
}

/** The benchmark's own times, of whole inferences without the profiler. */
function timingsOf(text: string): string | undefined {
  const found = /Inference timings in us: Init: ([\d.e+]{1,20}), First inference: ([\d.e+]{1,20}), Warmup \(avg\): ([\d.e+]{1,20}), Inference \(avg\): ([\d.e+]{1,20})/.exec(text)
  return found === null ? undefined : `; the benchmark’s own times in µs: init ${found[1]}, first inference ${found[2]}, warm-up ${found[3]}, inference ${found[4]}`
}

/** XNNPACK writes the type into its names: `Convolution (NHWC, QU8) GEMM`. */
function typeOf(type: string): DataType | undefined {
  const word = /\((?:[A-Z]{2,4}, )?(F32|F16|QU8|QS8|QC8|QD8|QB4|QC4)[^)]{0,40}\)/.exec(type)?.[1]
  return word === undefined ? undefined : word === 'F32' ? 'f32' : word === 'F16' ? 'f16' : word.endsWith('4') ? 'int4' : 'int8'
}
