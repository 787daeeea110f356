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
    if (/={4,}\s*Run Order\s*={4,}/.test(text) && /\[node type\]|node type,/i.test(text)) return yes
    return /\[node type\]\s+(\[start\]\s+)?\[first\]\s+\[avg ms\]/.test(text) || /^node type, (start, )?first, avg/m.test(text) ? yes : no('no op profile of benchmark_model')
  },
  read: async (source, into, tools) => (await import('./tflite/read-tflite.js')).readTflite(source, into, tools),
}
