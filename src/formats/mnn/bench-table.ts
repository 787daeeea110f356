import { PRINTED } from '../phase-time.js'
import { NOT_MEASURED, type RateList } from '../rate-list.js'
import { isRateTime, type RateSetting } from '../rates.js'
import { fileOfPath, quantInName } from '../model-words.js'
import { hasMnnBench } from './bench-header.js'

const SIZES: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30 }
/** `123.45 ± 0.67 (var=0.45)`; older ones leave out the variance. */
const SPEED = new RegExp(`^(${PRINTED})(?:\\s{0,4}(?:±|\\+-)\\s{0,4}(${PRINTED}))?(?:\\s{0,4}\\(var=[^)]{0,20}\\))?$`)

type Phase = 'load' | 'prefill' | 'decode' | 'mixed'

/** Rows of MNN's llm_bench: `pp512`, `tg128`, `pp512+tg128`, or `prompt=512<br>decode=128` with a rate of each. */
export class MnnBench {
  private header: readonly string[] | undefined

  constructor(private readonly list: RateList) {}

  /** Takes a line; false where it is none of the table. */
  line(text: string, line: number): boolean {
    if (!text.trimStart().startsWith('|')) {
      if (text.trim() !== '') this.header = undefined
      return false
    }
    const cells = text.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
    if (hasMnnBench(text)) {
      this.header = cells
      return true
    }
    if (this.header === undefined || cells.every((cell) => /^:?-+:?$/.test(cell))) return false
    if (cells.length !== this.header.length) this.list.skipped.count('row that is cut')
    else this.row(this.header, cells, line)
    return true
  }

  private row(header: readonly string[], cells: readonly string[], line: number): void {
    const at = (name: string): string => cells[header.indexOf(name)] ?? ''
    const size = /^([\d.]{1,12}) ([MG]iB)$/.exec(at('modelSize'))
    const backend = at('backend')
    const model = fileOfPath(at('model'))
    const setting: Partial<RateSetting> = {
      model,
      quant: quantInName(model),
      modelBytes: size === null ? 0 : Math.round(Number(size[1]) * SIZES[size[2]!]!),
      backend: `MNN ${backend}`.trim(),
      processor: processorOfMnn(backend) ?? 'cpu',
      threads: Number(at('threads')) || 0,
    }
    const test = /^(?:pp(\d{1,9}))?\+?(?:tg(\d{1,9}))?$/.exec(at('test'))
    if (test !== null && at('test') !== '') {
      const [prompt, generated] = [Number(test[1] ?? 0), Number(test[2] ?? 0)]
      this.add(generated === 0 ? 'prefill' : prompt === 0 ? 'decode' : 'mixed', prompt + generated, at('t/s'), line, setting)
    }
    const both = /^prompt=(\d{1,9})\s{0,4}<br>\s{0,4}decode=(\d{1,9})$/.exec(at('llm_demo'))
    if (both !== null) {
      const [prefill = '', decode = ''] = at('speed(tok/s)').split(/\s*<br>\s*/)
      this.add('prefill', Number(both[1]), prefill, line, setting)
      this.add('decode', Number(both[2]), decode, line, setting)
    }
    if (at('loadingTime(s)') !== '') {
      const load = SPEED.exec(at('loadingTime(s)'))
      this.push('load', 0, Math.round(Number(load?.[1] ?? NaN) * 1e9), Math.round(Number(load?.[2] ?? NaN) * 1e9), line, setting, {})
    }
  }

  private add(phase: 'prefill' | 'decode' | 'mixed', tokens: number, cell: string, line: number, setting: Partial<RateSetting>): void {
    if (tokens === 0) return
    const speed = SPEED.exec(cell)
    const rate = Number(speed?.[1] ?? NaN)
    const ns = rate > 0 ? Math.round((tokens * 1e9) / rate) : NaN
    this.push(phase, tokens, ns, Math.round((ns * Number(speed?.[2] ?? NaN)) / rate), line, setting, { ns: 'from-rate' })
  }

  private push(phase: Phase, tokens: number, ns: number, sd: number, line: number, setting: Partial<RateSetting>, inferred: Record<string, string>): void {
    if (!isRateTime(ns)) return this.list.skipped.count(NOT_MEASURED)
    const subject = { of: 'phase', phase, tokens, past: 0 } as const
    const sdNs = isRateTime(sd) ? sd : -1
    this.list.addWhole({ subject, ns, sdNs, runs: 1, samplesNs: [], setting: this.list.settings.of(setting), line, inferred })
  }
}

/** The processor by MNN's word for a backend; undefined: another word. */
export function processorOfMnn(word: string): RateSetting['processor'] | undefined {
  if (/opencl|metal|vulkan|opengl|cuda|musa|webgpu/i.test(word)) return 'gpu'
  if (/npu|qnn|hiai|coreml|neuropilot|rknn/i.test(word)) return 'npu'
  return /^cpu$/i.test(word) ? 'cpu' : undefined
}
