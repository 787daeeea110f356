import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'
import { hasBatchedRows, hasSweepRows, hasTimings } from './llamacpp/text-kinds.js'

/** Timings that llama.cpp's programs print. */
export const llamacppLog: Format = {
  id: 'llamacpp-log',
  title: 'llama.cpp log (common_perf_print, llama_perf_context_print, llama_print_timings, print_timing of llama-server, footer of llama-cli)',
  source: 'common/sampling.cpp, src/llama-context.cpp and tools/server of llama.cpp',
  content: ['rates'],
  phases: 'load, prompt eval (prefill), eval (decode); speculative decoding is neither',
  bytes: 'model buffers a backend',
  runtime: 'llama.cpp, any backend',
  command: 'llama-completion -m model.gguf -p prompt -n 64 -no-cnv --perf 2>&1 | tee llama.log; llama-server -m model.gguf -np 1 2>&1 | tee server.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    // A table of a benchmark is what its log is of.
    return hasTimings(text) && !hasBatchedRows(text) && !hasSweepRows(text) ? yes : no('no timings of llama.cpp')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-log.js')).readLog(source, tools),
}
