import { no, notJson, yes } from './detected.js'
import type { Format } from './format.js'

const categories =
  'cpu_op|python_function|user_annotation|gpu_user_annotation|cuda_runtime|cuda_driver|kernel|gpu_memcpy|gpu_memset|cuda_sync|' +
  'ac2g|overhead|cuda_profiler_range|mtia_runtime|mtia_ccp_events|hpu_op|xpu_runtime|privateuse1_runtime|privateuse1_driver'
const ours = new RegExp(`"cat"\\s*:\\s*"(${categories})"`)
/** Categories of PyTorch 1.8 to 1.11 are words that others use too: its operators, or its keys, stand beside them. */
const older = /"cat"\s*:\s*"(Operator|Runtime|Kernel|Memcpy|Memset)"/
const olderKeys = /"(schemaVersion|cbid|External id|external id|Trace iteration)"\s*:|"name"\s*:\s*"aten::/

/** PyTorch profiler traces (Kineto): kernels of the device become ops, named by the CPU operators that launched them;
 *  without kernels the CPU operators do. */
export const kineto: Format = {
  id: 'kineto',
  title: 'PyTorch profiler trace (Kineto, JSON)',
  source: 'https://github.com/pytorch/kineto',
  takes: ['graph', 'model', 'quant'],
  content: ['timeline'],
  phases: 'annotations of vLLM and SGLang, else profiler steps or embeddings with the rows of the matmuls; none in training',
  bytes: 'input dims and types of the operators (record_shapes), new rows of a cache; with them the model, its layers and weights are found',
  runtime: 'PyTorch profiler (torch.profiler), vLLM and SGLang through it',
  command:
    "python -c \"import torch; from torch.profiler import profile; p = profile(record_shapes=True); p.start(); run(); p.stop(); p.export_chrome_trace('trace.json')\"",
  detect({ text }) {
    if (!/^[\s`\ufeff]*[[{]/.test(text)) return notJson
    if (ours.test(text) || (older.test(text) && olderKeys.test(text))) return yes
    if (
      /^[\s\ufeff]*\{/.test(text) &&
      /"(deviceProperties|baseTimeNanoseconds|distributedInfo)"\s*:/.test(text) &&
      /"schemaVersion"\s*:/.test(text)
    )
      return yes
    return no('no event in a category of PyTorch')
  },
  read: async (source, into, tools) => (await import('./kineto-read.js')).readKineto(source, into, tools),
}
