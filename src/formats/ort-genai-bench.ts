import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** What the benchmarks of ONNX Runtime generate() print and save. */
export const ortGenaiBench: Format = {
  id: 'ort-genai-bench',
  title: 'ONNX Runtime generate() benchmark (benchmark_e2e.py: log, CSV, JSON, tables; model_benchmark)',
  source: 'benchmark/python and benchmark/c of onnxruntime-genai',
  content: ['rates'],
  phases: 'prompt processing (prefill), token generation (decode); of one sequence, batches are left out',
  bytes: 'none',
  runtime: 'onnxruntime-genai (CPU, CUDA, DirectML, QNN)',
  command: 'python benchmark_e2e.py -i model_folder -b 1 -l 128,512 -g 128 -r 10 -w 2 -o genai.csv -mn qwen2.5-1.5b -pr int4',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/\b(?:prompt[ _]processing|token[ _]generation)[ _](?:throughput|latency)/i.test(text) && /[\d.]{1,20}/.test(text)) return yes
    if (/^\s{0,8}Batch size: \d{1,6}, prompt tokens: \d{1,9}, tokens to generate: \d/m.test(text)) return yes
    if (/^\s{0,8}Prompt processing \(time to first token\):/m.test(text)) return yes
    return no('no figures of the generate() benchmarks')
  },
  readRates: async (source, tools) => (await import('./ort-genai/read-ort-genai.js')).readOrtGenai(source, tools),
}
