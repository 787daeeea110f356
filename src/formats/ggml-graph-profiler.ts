import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Tables of ggml's graph profiler (proc, sync and total ns a node), and ITREX's totals an op. */
export const ggmlGraphProfiler: Format = {
  id: 'ggml-graph-profiler',
  title: 'ggml graph profiler tables (proposed for llama.cpp; ITREX)',
  source: 'https://github.com/ggml-org/llama.cpp/pull/9659',
  content: ['profile'],
  phases: 'tokens of the first op of each graph',
  bytes: 'from types and dims',
  runtime: 'llama.cpp with the graph profiler of pull request 9659; Intel Extension for Transformers',
  command: 'GGML_GRAPH_PROF=table llama-cli -m model.gguf -p prompt -n 32 2> graph.md',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/\|\s*node idx\s*\|\s*op name\s*\|/.test(text) || /perf_total_per_op_us\[/.test(text)) return yes
    const row = /^\|\s*\d{1,6} \|\s*[A-Z_0-9]{2,40} \|\s*\d{1,15} \|\s*\d{1,15} \|\s*\d{1,15} \|/m
    return row.test(text) ? yes : no('no table of the ggml graph profiler')
  },
  read: async (source, into, tools) => (await import('./llamacpp/read-graph-profiler.js')).readGraphProfiler(source, into, tools),
}
