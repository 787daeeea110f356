import type { ProcessorName } from '../../trace/words.js'
import { fileOfPath, quantInName } from '../model-words.js'
import { CONTRADICTS, addPrinted } from '../phase-time.js'
import type { RateList } from '../rate-list.js'
import type { RateSetting } from '../rates.js'
import type { Figure } from './figures.js'

export type Figures = ReadonlyMap<Figure, string>

/** Reason of rows of several sequences. */
export const BATCHED = 'several sequences at once: their tokens are no steps of one'

const PROVIDERS: readonly (readonly [words: RegExp, processor: ProcessorName])[] = [
  [/qnn|vitisai|openvino.*npu|\bnpu\b/i, 'npu'],
  [/cuda|dml|directml|webgpu|rocm|migraphx|tensorrt|nvtensor|\bgpu\b/i, 'gpu'],
  [/cpu/i, 'cpu'],
]

/** Adds the phases of a configuration; false: it tells none. The rates decide: published latencies say ms and hold seconds as often. */
export function addConfiguration(list: RateList, figures: Figures, line: number): boolean {
  const text = (figure: Figure): string | undefined => figures.get(figure)
  const count = (figure: Figure): number | undefined => (/^\d{1,9}(?:\.0)?$/.test(text(figure) ?? '') ? Number(text(figure)) : undefined)
  const [promptRate, rate] = [text('promptRate'), text('rate')]
  if (promptRate === undefined && rate === undefined) {
    if (!figures.has('promptLatency') && !figures.has('latency')) return false
    list.skipped.count('latency without a throughput: its unit is not sure')
    return true
  }
  const batch = count('batch')
  if (batch !== undefined && batch !== 1) {
    list.skipped.count(BATCHED)
    return true
  }
  const setting = settingOf(figures)
  const prompt = count('prompt')
  const generated = count('generated')
  if (promptRate !== undefined) {
    if (isOneTime(promptRate, text('promptLatency'), prompt)) addPrinted(list, { phase: 'prefill', tokens: prompt, perSecond: promptRate, line, setting })
    else list.skipped.count(CONTRADICTS)
  }
  if (rate !== undefined) {
    // The first token is sampled from the prompt's own pass; each one behind it is a pass.
    const steps = generated === undefined ? undefined : Math.max(1, generated - 1)
    const inferred: Record<string, string> = steps === undefined ? {} : { tokens: 'first-token-by-prefill' }
    if (isOneTime(rate, text('latency'), undefined)) addPrinted(list, { phase: 'decode', tokens: steps, perSecond: rate, line, setting, inferred })
    else list.skipped.count(CONTRADICTS)
  }
  return true
}

/** Whether a rate is that of a latency: of a token or of the whole prompt, in ms or in s. */
function isOneTime(perSecond: string, latency: string | undefined, prompt: number | undefined): boolean {
  const product = Number(perSecond) * Number(latency ?? NaN)
  if (!Number.isFinite(product) || product <= 0) return true
  const share = 0.02 + 0.5 * 10 ** -(/\.(\d*)/.exec(latency!)?.[1]!.length ?? 0) / Number(latency)
  return [1, 1000, prompt ?? 1, (prompt ?? 1) * 1000].some((expected) => Math.abs(product / expected - 1) <= share)
}

export function settingOf(figures: Figures): () => Partial<RateSetting> {
  const model = fileOfPath((figures.get('model') ?? '').replace(/[\\/]$/, ''))
  const provider = (figures.get('provider') ?? '').slice(0, 60)
  const processor = PROVIDERS.find(([words]) => words.test(provider))?.[1]
  const setting: Partial<RateSetting> = {
    model,
    quant: (figures.get('precision') ?? '').slice(0, 40) || quantInName(model),
    backend: provider === '' ? '' : `ONNX Runtime ${provider}`,
    ...(processor === undefined ? {} : { processor }),
  }
  return () => setting
}
