import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Op profile of TFLite's (LiteRT's) benchmark_model, as text or CSV. */
export const tfliteOpProfile: Format = {
  id: 'tflite-op-profile',
  title: 'TFLite / LiteRT benchmark_model op profile (text, CSV)',
  source: 'tensorflow/lite/tools/benchmark',
  content: ['profile'],
  phases: 'initialisation is load; runs have none',
  bytes: 'none',
  runtime: 'TensorFlow Lite, LiteRT',
  command: 'benchmark_model --graph=model.tflite --enable_op_profiling=true --num_runs=50 > tflite.txt',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/====\s{0,20}Run Order\s{0,20}====/.test(text) && /\[node type\]|node type,/i.test(text)) return yes
    const isHeader = /\[node type\]\s{1,80}(?:\[start\]\s{1,80})?\[first\]\s{1,80}\[avg ms\]/.test(text) || /^node type, ?(?:start, ?)?first, ?avg/m.test(text)
    // A row: numbers, two shares, memory, calls, name; between tabs, blanks or commas.
    const isRow = /^[ \t]*\S[^\n]{0,300}?(?:\s|, ?)\s{0,80}[\d.]{1,16}(?:e[+-]?\d{1,3})?(?:\s|, ?)\s{0,80}(?:[\d.e+-]{1,16}|-?nan)%(?:\s|, ?)\s{0,80}(?:[\d.e+-]{1,16}|-?nan)%(?:\s|, ?)\s{0,80}[\d.e+]{1,16}(?:\s|, ?)\s{0,80}\d{1,9}(?:\s|, ?)\s{0,80}\S/m.test(text)
    return isHeader || isRow ? yes : no('no op profile of benchmark_model')
  },
  read: async (source, into, tools) => (await import('./tflite/read-tflite.js')).readTflite(source, into, tools),
}
