import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Profiles of the llm_rs2 engine: op tables and timings in its log, run records and decode steps as JSON. */
export const llmrsProfile: Format = {
  id: 'llmrs-profile',
  title: 'llm_rs2 profile (log tables, run record, decode steps)',
  source: 'https://github.com/hedone21/llm_rs2',
  content: ['profile', 'rates'],
  phases: 'a table a phase; Prefill, Decode and TTFT lines',
  bytes: 'FLOPs too: from the model, part by part, where it is matched',
  runtime: 'llm_rs2 (OpenCL, CUDA, CPU)',
  command: 'generate --model-path model.gguf --prompt-file prompt.txt -n 64 -b opencl --profile-events 2>&1 | tee profile.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/\[Profile\] Event: |\[Profile(\/Prefill)?\] (Decode per-op|Per-op) breakdown|=== CUDA per-op profile \(/.test(text)) return yes
    if (/^\s*\{/.test(text) && /"benchmark_results"\s*:/.test(text) && /"ttft_ms"\s*:/.test(text)) return yes
    if (/^\s*\{/.test(text) && /"records"\s*:\s*\[/.test(text) && /"forward_us"\s*:/.test(text) && /"cache_len"\s*:/.test(text)) return yes
    return no('no profile of llm_rs2')
  },
  read: async (source, into, tools) => (await import('./llmrs/read-tables.js')).readLlmrsTables(source, into, tools),
  readRates: async (source, tools) => (await import('./llmrs/read-rates.js')).readLlmrsRates(source, tools),
}
