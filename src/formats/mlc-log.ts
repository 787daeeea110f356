import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Statistics of MLC LLM and WebLLM: its rates in a line, the usage of an answer, single decode steps. */
export const mlcLog: Format = {
  id: 'mlc-log',
  title: 'MLC LLM and WebLLM statistics (/stats, usage of an answer, decoding-time lines)',
  source: 'https://llm.mlc.ai/docs/deploy/cli.html',
  content: ['rates'],
  phases: 'prefill and decode rates, time to first token',
  bytes: 'none',
  runtime: 'MLC LLM, WebLLM',
  command: 'mlc_llm chat HF://mlc-ai/Llama-3.2-1B-Instruct-q4f16_1-MLC | tee mlc.log # then /stats behind an answer',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/\bprefill:\s{0,4}[\w.+-]{1,20} tok(?:en)?s?\/s(?:ec)?,\s{0,4}decode:\s{0,4}[\w.+-]{1,20} tok/i.test(text)) return yes
    if (/\b(?:prefill|decode)_tokens_per_s\b/.test(text) || /\[i:\s{0,4}\d{1,9}\]\s{1,4}decoding-time\s{0,2}=/.test(text)) return yes
    if (/^-{2,}\s{0,4}(?:prefill|decode)\s{0,4}-{2,}\s{0,20}\r?\n\s{0,8}throughput:/m.test(text)) return yes
    return no('no statistics of MLC')
  },
  readRates: async (source, tools) => (await import('./mlc/read-mlc.js')).readMlc(source, tools),
}
