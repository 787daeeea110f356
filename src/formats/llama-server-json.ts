import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'
import { hasTimings } from './llamacpp/text-kinds.js'

/** Answers of llama-server, which tell the timings of their request. */
export const llamaServerJson: Format = {
  id: 'llama-server-json',
  title: 'llama-server answers (timings; JSON, streams)',
  source: 'tools/server/README.md of llama.cpp',
  content: ['rates'],
  phases: 'prompt (prefill), predicted (decode); with draft_n above 0 neither; cache_n: depth of the cache',
  bytes: 'none',
  runtime: 'llama-server of llama.cpp, any backend',
  command: `curl -s http://localhost:8080/completion -d '{"prompt":"Why is the sky blue?","n_predict":64}' > answer.json`,
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return /"(?:predicted|prompt)_ms"\s*:/.test(text) && /"(?:predicted|prompt)_n"\s*:/.test(text) && !hasTimings(text) ? yes : no('no timings of llama-server')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-server-json.js')).readServerJson(source, tools),
}
