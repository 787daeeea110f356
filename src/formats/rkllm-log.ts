import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Rockchip's LLM runtime: the table it prints for each request, and the vendor's table of benchmarks. */
export const rkllmLog: Format = {
  id: 'rkllm-log',
  title: 'RKLLM log and benchmark table',
  source: 'https://github.com/airockchip/rknn-llm',
  content: ['rates'],
  phases: 'Prefill and Generate rows; init',
  bytes: 'peak memory',
  runtime: 'rkllm-runtime on Rockchip NPUs',
  command: 'export RKLLM_LOG_LEVEL=1; ./llm_demo model.rkllm 256 512 | tee rkllm.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/Stage\s+Total Time \(ms\)\s+Tokens\s+Time per Token/.test(text) || /^\|\s*Model\s*\|\s*Model Size\s*\|\s*Dtype\s*\|[^\n]*TTFT\(ms\)/m.test(text)) return yes
    // Rows pasted without the line above them: four numbers, told to be rkllm's or one stage behind the other.
    if (/\brkllm\s{0,8}:\s{1,8}(?:Prefill|Generate)\s{1,40}[\d.]{1,20}\s{1,40}\d{1,12}\s/.test(text)) return yes
    if (/^\s{0,20}Prefill(?:\s{1,40}[\d.]{1,20}){4}\s{0,60}\r?\n\s{0,20}Generate(?:\s{1,40}[\d.]{1,20}){4}\s{0,60}$/m.test(text)) return yes
    return no('no table of rkllm')
  },
  readRates: async (source, tools) => (await import('./rkllm/read-rkllm.js')).readRkllm(source, tools),
}
