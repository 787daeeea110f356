import { isText, no, notJson, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** PyTorch execution traces: the operators of a run with shapes and tensors, without any time. */
export const pytorchEt: Format = {
  id: 'pytorch-et',
  title: 'PyTorch execution trace (JSON): shapes for a Kineto trace',
  source: 'https://github.com/pytorch/pytorch (ExecutionTraceObserver)',
  content: ['structure'],
  phases: 'none',
  bytes: 'shapes and types of every operator',
  runtime: 'PyTorch (ExecutionTraceObserver), beside the profiler',
  command:
    "python -c \"from torch.profiler import ExecutionTraceObserver as O, profile; o = O().register_callback('et.json'); p = profile(execution_trace_observer=o); p.start(); run(); p.stop(); p.export_chrome_trace('kineto.json')\"",
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (!/^[\s\ufeff]*\{/.test(text)) return notJson
    return /"schema"\s*:\s*"\d+\.\d+\.\d+/.test(text) && /"nodes"\s*:\s*\[/.test(text) && /"(rf_id|ctrl_deps|op_schema)"/.test(text) ? yes : no('no nodes of a PyTorch execution trace')
  },
}
