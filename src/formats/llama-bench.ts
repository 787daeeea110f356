import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'
import { hasMnnBench } from './mnn/bench-header.js'
import { hasBatchedRows, hasSweepRows, hasTimings } from './llamacpp/text-kinds.js'

/** Results of llama-bench in any of its output formats. */
export const llamaBench: Format = {
  id: 'llama-bench',
  title: 'llama-bench results (JSON, JSON Lines, CSV, SQL, Markdown)',
  source: 'tools/llama-bench of llama.cpp',
  content: ['rates'],
  phases: 'pp: prefill, tg: decode, pp+tg: both; depth of the cache',
  bytes: 'size of the model',
  runtime: 'llama.cpp, any backend',
  command: 'llama-bench -m model.gguf -p 32,128,512 -n 64 -d 0,2048 -r 5 -o jsonl > bench.jsonl',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (hasMnnBench(text)) return no('the table of MNN’s llm_bench')
    if (/"avg_ns"\s*:\s*\d/.test(text) && /"n_prompt"\s*:\s*\d/.test(text)) return yes
    if (/^[ \t]*INSERT INTO (llama_bench|test) \(/m.test(text) || /^build_commit,.{0,4000}\bn_prompt,n_gen,.{0,400}avg_ns/m.test(text)) return yes
    // A log with timings of its own, or with another benchmark's table, holds the table beside them.
    if (/^[ \t]*\|[^\n]{0,400}\|\s*(pp|tg) ?\d+[^|\n]{0,30}\|\s*[\d.]+/m.test(text) && !hasTimings(text) && !hasBatchedRows(text) && !hasSweepRows(text)) return yes
    return no('no test of llama-bench')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-bench.js')).readBench(source, tools),
}
