import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** What mllm's demos and its benchmark print. */
export const mllmLog: Format = {
  id: 'mllm-log',
  title: 'mllm log (performance summary, demos, mllm-llm-benchmark)',
  source: 'https://github.com/UbiquitousLearning/mllm',
  content: ['rates'],
  phases: 'prefill, decode, time to first token, load',
  bytes: 'none',
  runtime: 'mllm (CPU, QNN)',
  command: 'mllm-llm-benchmark -n qwen3-w4a32-kai -m model.mllm -c config.json -t 4 -pp 64,256 -tg 64,64 -cl 2048 | tee mllm.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/= Performance Summary =/.test(text) && /^\s{0,8}Decode steps\s{0,20}:/m.test(text)) return yes
    if (/^\s{0,8}(?:Prefilling|Decoding) speed: [\w.+-]{1,20} tokens\/s/m.test(text) || /^\s{0,8}(?:Prefill|Decode) Time taken: /m.test(text)) return yes
    if (/^\s{0,8}Prompt Length \(PP\)\s{0,20}:/m.test(text) && /^\s{0,8}(?:Average )?(?:Prefill|Decode) Speed\s{0,4}:/m.test(text)) return yes
    return no('no speeds of mllm')
  },
  readRates: async (source, tools) => (await import('./mllm/read-mllm.js')).readMllm(source, tools),
}
