import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Timings that llama.cpp prints at the end of a run. */
export const llamacppLog: Format = {
  id: 'llamacpp-log',
  title: 'llama.cpp log (llama_print_timings, llama_perf_context_print)',
  source: 'src/llama-context.cpp of llama.cpp',
  content: ['rates'],
  phases: 'load, prompt eval (prefill), eval (decode)',
  bytes: 'model buffers a backend',
  runtime: 'llama.cpp, any backend',
  command: 'llama-cli -m model.gguf -p prompt -n 64 -no-cnv 2> llama.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return /llama_(perf_context_print|print_timings):\s+(load|prompt eval|eval|total) time =/.test(text) ? yes : no('no timings of llama.cpp')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-log.js')).readLog(source, tools),
}
