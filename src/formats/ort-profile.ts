import { no, notJson, yes } from './detected.js'
import type { Format } from './format.js'

/** ONNX Runtime's profile (`session_options.enable_profiling`): node events become ops, `model_run` events runs. */
export const ortProfile: Format = {
  id: 'ort-profile',
  title: 'ONNX Runtime profile (JSON)',
  source: 'https://onnxruntime.ai/docs/performance/tune-performance/profiling-tools.html',
  takes: ['graph'],
  content: ['timeline'],
  phases: 'of decoders the sequence length of the inputs, run by run; else none',
  bytes: 'parameter_size, activation_size and output_size, else shapes and types',
  runtime: 'ONNX Runtime (all execution providers)',
  command: 'onnxruntime_perf_test -I -m times -r 1 -p profile model.onnx',
  detect({ text }) {
    if (!/^[\s`\ufeff]*[[{]/.test(text)) return notJson
    if (/"cat"\s*:\s*"Node"/.test(text) && /"op_name"\s*:|_kernel_time"|_fence_(before|after)"/.test(text)) return yes
    if (
      /"cat"\s*:\s*"Session"/.test(text) &&
      /"(model_loading_\w+|session_initialization|model_run|SequentialExecutor::Execute)"/.test(text)
    )
      return yes
    return no('no Node or Session event of ONNX Runtime')
  },
  read: async (source, into, tools) => (await import('./ort-read.js')).readOrt(source, into, tools),
}
