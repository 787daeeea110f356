import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { ProcessorName } from '../../trace/words.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { kindOfOpWord } from '../op-roles.js'
import { Settings, isRateTime, type Rate, type RateReading } from '../rates.js'
import { Skipped } from '../skipped.js'
import { parseInsert } from '../sql-insert.js'
import { typeOfGgml } from './ggml.js'

const CASE =
  /^\s{0,20}([A-Z][A-Z0-9_]{1,40})\((.{0,800})\):\s{1,80}(\d{1,12}) runs -\s{1,20}([\d.]{1,20}) us\/run -\s{1,20}([\d.]{1,20}) ([kMGT]?B|[kMGT]?FLOP)\/run -\s{1,20}[\d.]{1,20} \S{1,20}/
const UNIT: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4, FLOP: 1, kFLOP: 1e3, MFLOP: 1e6, GFLOP: 1e9, TFLOP: 1e12 }
const MAX_RATES = 1_000_000

interface Measured {
  readonly op: string
  readonly params: string
  readonly runs: number
  readonly ns: number
  readonly flops: number
  readonly bytes: number
  readonly backend: string
  readonly line: number
}

/** Reads cases that were timed; what is not supported is counted. Throws `BadInput`: a table without times. */
export async function readBackendOps(source: Source, tools: ImportTools): Promise<RateReading> {
  const skipped = new Skipped()
  const settings = new Settings()
  const rates: Rate[] = []
  let backend = ''
  let device = ''
  let columns: readonly string[] | undefined
  const add = (measured: Measured): void => {
    if (rates.length === MAX_RATES) throw new BadInput({ file: source.name, line: measured.line }, `at most ${MAX_RATES} cases`, 'more of them')
    rates.push(rateOf(measured, settings.of({ device, backend: measured.backend, processor: processorOf(`${measured.backend} ${device}`) })))
  }
  await eachLogLine(source, tools, skipped, (text, line) => {
    const found = CASE.exec(text.slice(0, 1500))
    if (found !== null) {
      const [, op, params, runs, us, amount, unit] = found as unknown as string[]
      const ns = decimalToNs(us!, 'us')
      if (Number.isNaN(ns)) throw new BadInput({ file: source.name, line, field: 'us/run' }, 'microseconds', us)
      if (ns === 0) return skipped.count('case without a time')
      const size = Number(amount) * UNIT[unit!]!
      const isFlops = unit!.endsWith('FLOP')
      return add({ op: op!, params: params!, runs: Number(runs), ns, flops: isFlops ? size : 0, bytes: isFlops ? 0 : size, backend, line })
    }
    backend = /^Backend \d+\/\d+: (\S.{0,80}?)\s*$/.exec(text)?.[1] ?? backend
    device = /^\s*Device description: (\S.{0,120}?)\s*$/.exec(text)?.[1] ?? device
    if (/not supported/.test(text)) return skipped.count('case that is not supported')
    const inserted = parseInsert(text, 'test_backend_ops')
    if (inserted !== undefined) return record(inserted, line)
    if (/^\s*INSERT INTO test_backend_ops\b/.test(text)) return skipped.count('record that is cut')
    if (/^\s{0,20}[A-Z][A-Z0-9_]{1,40}\([a-z].{0,800}=/.test(text)) return skipped.count(/\):\s{1,80}\d{1,12} runs -/.test(text) ? 'case that is cut, or in an unknown unit' : 'case without a time')
    if (/^"?(build_commit|test_time|backend_name)"?,/.test(text)) columns = cellsOf(text)
    else if (columns !== undefined && text.startsWith('"')) {
      const cells = cellsOf(text)
      if (cells?.length === columns.length) record(new Map(columns.map((column, i) => [column, cells[i]!])), line)
      else skipped.count('record that is cut')
    }
  })
  function record(row: ReadonlyMap<string, string>, line: number): void {
    if (!row.has('time_us'))
      throw new BadInput({ file: source.name, line, field: 'time_us' }, 'a column with times', [...row.keys()].join(', '), 'this table says only what is supported: run `test-backend-ops perf` with --output console or sql')
    if (row.get('supported') === '0' || row.get('test_mode') !== 'perf') return skipped.count('case that is not supported')
    const ns = decimalToNs(row.get('time_us')!, 'us')
    if (!isRateTime(ns)) return skipped.count('case without a time')
    add({
      op: row.get('op_name') ?? '',
      params: row.get('op_params') ?? '',
      runs: Number(row.get('n_runs') ?? 1) || 1,
      ns,
      flops: Number(row.get('flops') ?? 0) * (ns / 1e9) || 0,
      bytes: Number(row.get('memory_kb') ?? 0) * 1024 || 0,
      backend: row.get('backend_name') ?? backend,
      line,
    })
  }
  if (rates.length === 0) throw new BadInput({ file: source.name, byteOffset: 0 }, 'timed cases of test-backend-ops', skipped.sentence(), 'run `test-backend-ops perf`')
  return { format: 'llamacpp-test-backend-ops', settings: settings.list, rates, skipped: skipped.record() }
}

function rateOf({ op, params, runs, ns, flops, bytes, line }: Measured, setting: number): Rate {
  const param = (key: string): string | undefined => new RegExp(`(?:^|,)${key}=([^,\\[]{1,40})`).exec(params)?.[1]
  const kind = kindOfOpWord(op)
  const whole = (key: string): number => (/^\d{1,9}$/.test(param(key) ?? '') ? Number(param(key)) : 0)
  return {
    // ggml's m are outputs, its n tokens.
    subject: { of: 'op', kind, name: `${op}(${params})`, dataType: typeOfGgml(param('type_a') ?? param('type') ?? param('type_K') ?? ''), m: whole('n'), n: whole('m'), k: whole('k'), flops: Math.round(flops), bytes: Math.round(bytes) },
    ns,
    sdNs: -1,
    runs,
    samplesNs: [],
    setting,
    line,
    inferred: { kind: 'op-name' },
  }
}

const processorOf = (words: string): ProcessorName => (/HTP|Hexagon|NPU|QNN/i.test(words) ? 'npu' : /GPU|CUDA|ROCm|Vulkan|Metal|OpenCL|SYCL|Adreno|Mali/i.test(words) ? 'gpu' : 'cpu')

function cellsOf(line: string): readonly string[] | undefined {
  try {
    return parse(line, { relax_column_count: true, bom: true })[0] as string[]
  } catch {
    return undefined // cut in the middle of a quoted cell
  }
}
