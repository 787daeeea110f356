import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'
import { hasMnnBench } from './mnn/bench-header.js'

/** What MNN's programs for language models print. */
export const mnnLog: Format = {
  id: 'mnn-log',
  title: 'MNN LLM log (llm_demo) and llm_bench table',
  source: 'transformers/llm/engine/demo of MNN',
  content: ['rates'],
  phases: 'prefill time, decode time; pp and tg rows of llm_bench; loading time',
  bytes: 'size of the model (llm_bench)',
  runtime: 'MNN (CPU, OpenCL, Metal, QNN)',
  command: 'llm_demo model_dir/config.json prompt.txt | tee mnn.log; llm_bench -m model_dir/config.json -a cpu -t 4 -p 512 -n 128 -kv true -rep 5 | tee bench.md',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/^\s{0,20}(?:prefill|decode) (?:time|speed)\s{0,8}=\s{0,8}[\d.]{1,20} (?:s|ms|tok\/s)\b/m.test(text) || hasMnnBench(text)) return yes
    return no('no times of MNN’s programs')
  },
  readRates: async (source, tools) => (await import('./mnn/read-mnn.js')).readMnn(source, tools),
}
