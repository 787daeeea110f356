import { BadInput } from '../../base/errors.js'
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

/** From the right: types hold blanks and commas. Columns `[start]` (old), first, avg, %, cdf, mem, times called, name. */
const TEXT = /^\s*(\S.{0,300}?)\s+(?:[\d.]{1,16}\s+)?[\d.]{1,16}\s+([\d.]{1,16})\s+[\d.]{1,10}%\s+[\d.]{1,10}%\s+[\d.]{1,16}\s+(\d{1,9})\s+(\S.{0,2000}?)\s*$/
const CSV = /^\s*(\S.{0,300}?), (?:[\d.]{1,16}, )?[\d.]{1,16}, ([\d.]{1,16}), [\d.]{1,10}%, [\d.]{1,10}%, [\d.]{1,16}, (\d{1,9}), (.{0,2000}?)\s*$/
const MAX_ROWS = 200_000

/** Keeps the rows in run order of the regular runs and of the initialisation (phase load); other sections list the same
 *  ops again. An op's time is its mean times how often it was called. Throws `BadInput`. */
export async function readTflite(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const rows: { row: Aggregate; isLoad: boolean }[] = []
  let isLoad = false
  let isOrder = true
  await eachLogLine(source, tools, skipped, (text, line) => {
    if (/Profiling Info for Benchmark Initialization/i.test(text)) isLoad = true
    else if (/Profiling Info for Regular Benchmark Runs/i.test(text)) isLoad = false
    const section = /={4,}\s*(\S.{0,60}?)\s*={4,}/.exec(text)
    if (section !== null) isOrder = /^Run Order$/i.test(section[1]!)
    const found = TEXT.exec(text) ?? CSV.exec(text)
    if (found === null) return
    if (!isOrder) return skipped.count('row that another section lists in run order')
    if (rows.length === MAX_ROWS) throw new BadInput({ file: source.name, line }, `at most ${MAX_ROWS} ops`, 'more of them')
    const [, type, avg, times, name] = found as unknown as string[]
    const meanNs = decimalToNs(avg!, 'ms')
    const count = Math.max(1, Number(times))
    if (Number.isNaN(meanNs) || !Number.isSafeInteger(meanNs * count)) throw new BadInput({ file: source.name, line, field: 'avg ms' }, 'milliseconds', avg)
    const label = name!.replaceAll('\t', ',')
    const isDelegated = label.startsWith('Delegate/')
    const dataType = typeOf(type!)
    rows.push({
      isLoad,
      row: {
        count,
        totalNs: meanNs * count,
        place: { file: source.name, line },
        draft: {
          name: label,
          type: type!,
          kind: kindOfOpWord(type!),
          layer: layerOfOpName(label),
          processor: 'cpu',
          lane: isDelegated ? 'delegate' : '',
          ...(dataType === undefined ? {} : { dataType }),
          rules: { kind: 'op-type', layer: 'node-name', processor: 'no-processor-in-file', ...(dataType === undefined ? {} : { dataType: 'op-type' }) },
        },
      },
    })
  })
  const drafts = new OpDrafts(source, into, tools)
  const expansion = new Expansion(drafts)
  try {
    await expansion.spread(rows.filter((one) => one.isLoad).map(({ row }) => row), 1, () => ({ phase: 'load' }))
    await expansion.spread(rows.filter((one) => !one.isLoad).map(({ row }) => row), 1, () => ({ phase: 'other' }))
    return await drafts.finish({
      device: 'unknown (TensorFlow Lite)',
      tool: 'TFLite benchmark_model',
      format: 'tflite-op-profile',
      note: 'means over the runs of the benchmark; which processor a delegate used, the file does not say',
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** XNNPACK writes the type into its names: `Convolution (NHWC, QU8) GEMM`. */
function typeOf(type: string): DataType | undefined {
  const word = /\((?:[A-Z]{2,4}, )?(F32|F16|QU8|QS8|QC8|QD8|QB4|QC4)[^)]{0,40}\)/.exec(type)?.[1]
  return word === undefined ? undefined : word === 'F32' ? 'f32' : word === 'F16' ? 'f16' : word.endsWith('4') ? 'int4' : 'int8'
}
