import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** What Ollama prints of its speed behind an answer. */
export const ollamaVerbose: Format = {
  id: 'ollama-verbose',
  title: 'Ollama timings (ollama run --verbose)',
  source: 'api/types.go of Ollama (Metrics.Summary)',
  content: ['rates'],
  phases: 'load duration, prompt eval (prefill), eval (decode)',
  bytes: 'none',
  runtime: 'Ollama',
  command: 'ollama run --verbose llama3.2:1b-instruct-q4_K_M "Why is the sky blue?" 2>&1 | tee ollama.txt',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return /(?:^|\s)(?:prompt )?eval (?:duration|count):\s{1,30}\d/m.test(text) ? yes : no('no durations of Ollama')
  },
  readRates: async (source, tools) => (await import('./ollama/read-verbose.js')).readVerbose(source, tools),
}

/** Answers of Ollama's API. */
export const ollamaApi: Format = {
  id: 'ollama-api',
  title: 'Ollama API answers (/api/generate, /api/chat; JSON, streams)',
  source: 'docs/api.md of Ollama',
  content: ['rates'],
  phases: 'load_duration, prompt_eval (prefill), eval (decode)',
  bytes: 'none',
  runtime: 'Ollama',
  command: `curl -s http://localhost:11434/api/generate -d '{"model":"llama3.2:1b-instruct-q4_K_M","prompt":"Why is the sky blue?"}' > ollama.jsonl`,
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    const isOurs = /"(?:prompt_)?eval_duration"\s*:\s*\d/.test(text) && /"(?:done|total_duration|(?:prompt_)?eval_count)"\s*:/.test(text)
    return isOurs ? yes : no('no answer of Ollama')
  },
  readRates: async (source, tools) => (await import('./ollama/read-api.js')).readApi(source, tools),
}
