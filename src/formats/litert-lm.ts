import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Benchmarks of Google's runtime of language models. */
export const litertLm: Format = {
  id: 'litert-lm',
  title: 'LiteRT-LM benchmark (BenchmarkInfo, results of litert-lm benchmark, runs of a signature)',
  source: 'runtime/engine/io_types.cc and python/litert_lm_cli of LiteRT-LM',
  content: ['rates'],
  phases: 'prefill turns, decode turns; init: load; time to first token',
  bytes: 'none',
  runtime: 'LiteRT-LM on CPU, GPU and NPU',
  command: 'litert-lm benchmark --backend gpu --prefill-tokens 256 --decode-tokens 256 model.litertlm | tee litert-lm.txt',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    const isInfo = /\b(?:Prefill|Decode) Turn \d+: Processed \d/.test(text) || /^.{0,120}\bBenchmarkInfo:/m.test(text)
    const isOfCommand = /-{3,} Results -{3,}/.test(text) && /\b(?:Prefill|Decode) speed:\s+\S+ tokens\/s/.test(text)
    const isOfSignature = /\bInference \(avg\):\s+[\w.]+ ms \(\d+ runs?\)/.test(text)
    return isInfo || isOfCommand || isOfSignature ? yes : no('no benchmark of LiteRT-LM')
  },
  readRates: async (source, tools) => (await import('./litert-lm/read-litert.js')).readLitert(source, tools),
}
