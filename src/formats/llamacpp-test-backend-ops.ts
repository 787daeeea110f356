import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Microbenchmarks of single operators: rates of a device, no run of a model. */
export const testBackendOps: Format = {
  id: 'llamacpp-test-backend-ops',
  title: 'llama.cpp test-backend-ops perf (console, SQL, CSV)',
  source: 'tests/test-backend-ops.cpp of llama.cpp',
  content: ['rates'],
  phases: 'none: single operators',
  bytes: 'bytes or FLOPs of a run',
  runtime: 'llama.cpp, any backend',
  command: 'test-backend-ops perf -o MUL_MAT -b GPUOpenCL > ops.txt  # or --output sql',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/^\s{0,20}[A-Z][A-Z0-9_]{1,40}\([^\n]{0,600}\):\s{1,80}\d{1,12} runs -\s/m.test(text)) return yes
    if (/INSERT INTO test_backend_ops\b/.test(text) || /^"?(?:build_commit"?,"?)?(?:test_time"?,"?)?"?backend_name"?,"?op_name"?,"?op_params"?/m.test(text)) return yes
    return no('no case of test-backend-ops')
  },
  readRates: async (source, tools) => (await import('./llamacpp/read-backend-ops.js')).readBackendOps(source, tools),
}
