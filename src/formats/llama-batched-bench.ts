import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'
import { hasBatchedRows, hasSweepRows } from './llamacpp/text-kinds.js'

/** Results of llama-batched-bench: a table, or JSON Lines. */
export const llamaBatchedBench: Format = {
  id: 'llama-batched-bench',
  title: 'llama-batched-bench results (table, JSON Lines)',
  source: 'tools/batched-bench of llama.cpp',
  content: ['rates'],
  phases: 'T_PP: prefill, T_TG: decode; rows of one stream (B = 1)',
  bytes: 'model buffers, where the log is with it',
  runtime: 'llama.cpp, any backend',
  command: 'llama-batched-bench -m model.gguf -c 4096 -npp 128,256,512 -ntg 64 -npl 1 2>&1 | tee batched.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return hasBatchedRows(text) ? yes : no('no row of llama-batched-bench')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-log.js')).readLog(source, tools, 'llama-batched-bench'),
}

/** Results of llama-sweep-bench, in the same words without streams. */
export const llamaSweepBench: Format = {
  id: 'llama-sweep-bench',
  title: 'llama-sweep-bench results (table, JSON Lines)',
  source: 'examples/sweep-bench of ik_llama.cpp',
  content: ['rates'],
  phases: 'T_PP: prefill, T_TG: decode, both with N_KV tokens in the cache',
  bytes: 'model buffers, where the log is with it',
  runtime: 'ik_llama.cpp, any backend',
  command: 'llama-sweep-bench -m model.gguf -c 8704 -ub 512 2>&1 | tee sweep.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return hasSweepRows(text) && !hasBatchedRows(text) ? yes : no('no row of llama-sweep-bench')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-log.js')).readLog(source, tools, 'llama-sweep-bench'),
}
