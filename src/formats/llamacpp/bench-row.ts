import type { Place } from '../../base/errors.js'
import { isRateTime, type Rate, type RateSetting, type Settings } from '../rates.js'
import type { ProcessorName } from '../../trace/words.js'
import type { Skipped } from '../skipped.js'

/** A test of llama-bench as JSON, CSV and SQL have it: field → value, numbers or their text. */
export type BenchFields = ReadonlyMap<string, unknown>

const MAX_SAMPLES = 10_000

/** The rate of a test; undefined (and counted) when it has no time. */
export function rateOfTest(fields: BenchFields, settings: Settings, skipped: Skipped, line: number): Rate | undefined {
  const whole = (key: string): number => {
    const value = Number(fields.get(key) ?? 0)
    return Number.isSafeInteger(value) && value >= 0 ? value : 0
  }
  const ns = whole('avg_ns')
  const [prompt, generated] = [whole('n_prompt'), whole('n_gen')]
  if (!isRateTime(ns) || prompt + generated === 0) {
    skipped.count('test without a time')
    return undefined
  }
  const listed = fields.get('samples_ns')
  const samplesNs = Array.isArray(listed) ? listed.slice(0, MAX_SAMPLES).filter((value): value is number => Number.isSafeInteger(value) && (value as number) >= 0) : []
  const sd = Number(fields.get('stddev_ns') ?? 0)
  return {
    subject: { of: 'phase', phase: generated === 0 ? 'prefill' : prompt === 0 ? 'decode' : 'mixed', tokens: prompt + generated, past: whole('n_depth') },
    ns,
    // One sample has no spread, and a table without samples prints 0 for it.
    sdNs: sd > 0 && Number.isFinite(sd) ? sd : -1,
    runs: Math.max(1, samplesNs.length),
    samplesNs,
    setting: settings.of(settingOf(fields, whole)),
    line,
    inferred: {},
  }
}

function settingOf(fields: BenchFields, whole: (key: string) => number): Partial<RateSetting> {
  const text = (key: string): string => (typeof fields.get(key) === 'string' ? (fields.get(key) as string).slice(0, 200) : '')
  const backend = text('backends') || text('backend')
  const type = text('model_type')
  const file = text('model_filename').split(/[\\/]/).at(-1)! // a folder may tell who the user is
  return {
    model: [type, file].filter((word) => word !== '').join(', '),
    quant: /\b([A-Z]*Q\d\w*|[BF]*F\d\d|W\dA\d+)\b/i.exec(type)?.[1] ?? '',
    modelBytes: whole('model_size'),
    parameters: whole('model_n_params'),
    device: text('gpu_info') || text('cpu_info'),
    backend,
    processor: whole('n_gpu_layers') === 0 && fields.has('n_gpu_layers') ? 'cpu' : processorOfBackend(backend),
    threads: whole('n_threads'),
  }
}

export const processorOfBackend = (words: string): ProcessorName =>
  /HTP|Hexagon|NPU|QNN|CANN|RKNN/i.test(words) ? 'npu' : /GPU|CUDA|ROCm|HIP|Vulkan|Metal|OpenCL|SYCL|Adreno|Mali|MUSA|Kompute/i.test(words) ? 'gpu' : 'cpu'

const BENCH_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 }

/** The Markdown table of llama-bench: its header names the columns, which differ with the options. */
export class BenchTable {
  private header: readonly string[] | undefined

  constructor(
    private readonly settings: Settings,
    private readonly skipped: Skipped,
  ) {}

  /** The rate of a row; undefined for any other line. */
  line(text: string, { line = 0 }: Place): Rate | undefined {
    if (!text.trimStart().startsWith('|')) return undefined
    const cells = text.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
    if (cells.includes('test') && cells.includes('t/s')) {
      this.header = cells
      return undefined
    }
    if (cells.every((cell) => /^:?-*:?$/.test(cell))) return undefined
    if (this.header === undefined || cells.length !== this.header.length) return this.left(cells, this.header === undefined ? 'row of llama-bench without the title of its table' : 'row of llama-bench that is cut')
    const at = (name: string): string => cells[this.header!.indexOf(name)] ?? ''
    const test = /^(?:pp ?(\d{1,9}))?\+?(?:tg ?(\d{1,9}))?(?:\s*@\s*d(\d{1,9}))?$/.exec(at('test'))
    const speed = /^([\d.]{1,20})(?:\s*(?:±|\+-)\s*([\d.]{1,20}))?$/.exec(at('t/s'))
    if (test === null || speed === null || (test[1] ?? test[2]) === undefined) return this.left(cells, 'row of llama-bench whose test or speed is not known')
    const tokens = Number(test[1] ?? 0) + Number(test[2] ?? 0)
    const perSecond = Number(speed[1])
    const ns = Math.round((tokens * 1e9) / perSecond)
    if (!isRateTime(ns)) {
      this.skipped.count('test without a time')
      return undefined
    }
    const size = /^([\d.]{1,12}) ([KMGT]?i?B)$/.exec(at('size'))
    const params = /^([\d.]{1,12}) ([KMB])$/.exec(at('params'))
    const spread = Number(speed[2] ?? 0)
    return {
      subject: { of: 'phase', phase: test[2] === undefined ? 'prefill' : test[1] === undefined ? 'decode' : 'mixed', tokens, past: Number(test[3] ?? 0) },
      ns,
      sdNs: spread > 0 ? Math.round((ns * spread) / perSecond) : -1,
      runs: 1,
      samplesNs: [],
      setting: this.settings.of({
        model: at('model'),
        quant: /\b([A-Z]*Q\d\w*|[BF]*F\d\d)\b/i.exec(at('model'))?.[1] ?? '',
        modelBytes: size === null ? 0 : Math.round(Number(size[1]) * (BENCH_UNITS[size[2]!] ?? 0)),
        parameters: params === null ? 0 : Math.round(Number(params[1]) * { K: 1e3, M: 1e6, B: 1e9 }[params[2]!]!),
        backend: at('backend'),
        processor: at('ngl') === '0' ? 'cpu' : processorOfBackend(`${at('backend')} ${at('dev')}`),
        threads: Number(at('threads')) || 0,
      }),
      line,
      inferred: { ns: 'from-rate' },
    }
  }

  /** Rows of other tables have neither a test nor a speed of llama-bench. */
  private left(cells: readonly string[], reason: string): undefined {
    const isOurs = cells.some((cell) => /^(?:pp|tg)\d{1,9}(?:\s*@|\+|$)/.test(cell)) || cells.some((cell) => /^[\d.]{1,20}\s*±\s*[\d.]{1,20}$/.test(cell))
    if (isOurs) this.skipped.count(reason)
  }
}
