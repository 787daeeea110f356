import type { Source } from '../../trace/source.js'
import type { ProcessorName } from '../../trace/words.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { fileOfPath, quantInName } from '../model-words.js'
import { PRINTED, addFirstToken, addPrinted } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { withoutEchoes, type LlmRequest } from './llm-request.js'
import { observerAt, requestOfJson } from './observer-line.js'

const MAX_REQUESTS = 50_000
const SECONDS = `(${PRINTED}) \\(seconds\\)(?:\\s{1,20}Rate:\\s{1,20}(${PRINTED}))?`
const COUNTS = /Prompt Tokens:\s{0,20}(\d{1,12})\s{1,20}Generated Tokens:\s{0,20}(\d{1,12})/
const LINES: readonly (readonly [time: 'load' | 'total' | 'prompt' | 'generate' | 'first', line: RegExp])[] = [
  ['load', new RegExp(`Model Load Time:\\s{1,20}${SECONDS}`)],
  ['total', new RegExp(`Total inference time:\\s{1,20}${SECONDS}`)],
  ['prompt', new RegExp(`Prompt evaluation:\\s{1,20}${SECONDS}`)],
  ['generate', new RegExp(`Generated \\d{1,12} tokens:\\s{1,20}${SECONDS}`)],
  ['first', new RegExp(`Time to first generated token:\\s{1,20}${SECONDS}`)],
]
/** By the words of a log for the backend that ran the model, the most telling first. */
const BACKENDS: readonly (readonly [words: RegExp, backend: string, processor: ProcessorName])[] = [
  [/\bQnn(?:ExecuTorch| ExecuTorch|Backend)|\[Qnn|Backend: QUALCOMM/i, 'QNN', 'npu'],
  [/Neuron(?:Backend| Adapter|Usdk)|Backend: MEDIATEK/i, 'Neuron', 'npu'],
  [/CoreMLBackend|ETCoreML|\[Core ML\]/i, 'Core ML', 'npu'],
  [/EthosU|Ethos-U/i, 'Ethos-U', 'npu'],
  [/VulkanBackend|\bETVK\b|Vulkan delegate/i, 'Vulkan', 'gpu'],
  [/MPSBackend|\bMPSDelegate/i, 'MPS', 'gpu'],
  [/CudaBackend|\bcuda_backend/i, 'CUDA', 'gpu'],
  [/XnnpackBackend|\bXNNPACK/i, 'XNNPACK', 'cpu'],
]

/** Reads the requests of an ExecuTorch runner's log: the JSON line and the report of the same request count once, a load once. The
 *  runner counts the passes behind the prefill, so its generated tokens are decode steps. Throws `BadInput`. */
export async function readLlmStats(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  const { skipped } = list
  const json: LlmRequest[] = []
  const reports: LlmRequest[] = []
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = {}
  let rank = BACKENDS.length
  let report: LlmRequest | undefined
  const keep = (into: LlmRequest[], request: LlmRequest): LlmRequest => {
    if (into.length < MAX_REQUESTS) into.push(request)
    else skipped.count('request beyond 50 000')
    return request
  }
  await eachLogLine(source, tools, skipped, (text, line) => {
    const at = observerAt(text)
    if (at >= 0) {
      const request = requestOfJson(text.slice(at), line)
      if (request === undefined) skipped.count('line of PyTorchObserver that is cut')
      else keep(json, request)
      return
    }
    const counts = COUNTS.exec(text)
    if (counts !== null) {
      report = keep(reports, { line, promptTokens: Number(counts[1]), generatedTokens: Number(counts[2]) })
      return
    }
    for (const [time, pattern] of LINES) {
      const found = pattern.exec(text)
      if (found === null) continue
      // A report whose head is not in the log begins where a time of the one before it comes again.
      if (report?.[time] !== undefined || report === undefined) report = keep(reports, { line })
      report[time] = found[1]!
      if (time === 'prompt') report.promptRate = found[2]!
      if (time === 'generate') {
        report.generateRate = found[2]!
        report.generatedTokens ??= Number(/Generated (\d{1,12}) tokens/.exec(text)![1])
      }
      return
    }
    const path = /(?:model_path=|Model path: |--model_path[= ])([^\s,]{1,400})/.exec(text)?.[1]
    if (path !== undefined) {
      run.model = fileOfPath(path)
      run.quant = quantInName(run.model)
    }
    const rss = /RSS after finishing text generation: ([\d.]{1,20}) MiB/.exec(text)?.[1]
    if (rss !== undefined) run.peakBytes = Math.max(run.peakBytes ?? 0, Math.round(Number(rss) * 2 ** 20) || 0)
    run.threads = Number(/num threads\s{0,4}[=:]\s{0,4}(\d{1,4})\b/.exec(text)?.[1] ?? run.threads ?? 0)
    for (let i = 0; i < rank; i++) {
      const [words, backend, processor] = BACKENDS[i]!
      if (!words.test(text)) continue
      rank = i
      Object.assign(run, { backend, processor })
    }
  })
  const setting = (): Partial<RateSetting> => run
  const requests = withoutEchoes(json, reports, () => skipped.count('report that contradicts the JSON line of its request'))
  let loaded = ''
  for (const { line, promptTokens, generatedTokens, load, loadedAt, prompt, promptRate, generate, generateRate, first, total } of requests) {
    // A session tells the one load again with every request.
    const which = `${load} at ${loadedAt}`
    if (load !== undefined && which !== loaded) list.add('load', { tokens: 0, ns: decimalToNs(load, 's'), line, setting })
    if (load !== undefined) loaded = which
    if (prompt !== undefined) {
      const tokens = promptTokens ?? countOf(prompt, promptRate)
      const inferred: Record<string, string> = promptTokens === undefined && tokens !== undefined ? { tokens: 'rate-times-time' } : {}
      addPrinted(list, { phase: 'prefill', tokens, time: prompt, perSecond: promptRate, line, setting, inferred })
    }
    if (generate !== undefined && generatedTokens !== undefined)
      addPrinted(list, { phase: 'decode', tokens: generatedTokens, time: generate, perSecond: generateRate, line, setting })
    if (first !== undefined) addFirstToken(list, promptTokens, decimalToNs(first, 's'), line, setting)
    if (total !== undefined) list.add('mixed', { tokens: (promptTokens ?? 0) + (generatedTokens ?? 0), ns: decimalToNs(total, 's'), line, setting })
  }
  return list.reading('executorch-llm-stats', 'times of a request that were measured')
}

/** The tokens that a time and a rate were made of; undefined: they do not say it. */
function countOf(time: string, perSecond: string | undefined): number | undefined {
  const tokens = Math.round(Number(time) * Number(perSecond ?? NaN))
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined
}
