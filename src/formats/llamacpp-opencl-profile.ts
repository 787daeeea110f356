import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Kernel times of llama.cpp's OpenCL backend (`cl_profiling.csv`). */
export const llamacppOpencl: Format = {
  id: 'llamacpp-opencl-profile',
  title: 'llama.cpp OpenCL profile (cl_profiling.csv)',
  source: 'ggml/src/ggml-opencl of llama.cpp',
  content: ['profile'],
  phases: 'tokens of the first op of each graph',
  bytes: 'from the sizes of a graph and the kernels’ types',
  runtime: 'llama.cpp with the OpenCL backend, built with -DGGML_OPENCL_PROFILING=ON',
  command: 'cmake -B build -DGGML_OPENCL=ON -DGGML_OPENCL_PROFILING=ON && cmake --build build && ./build/bin/llama-cli -m model.gguf -p prompt -n 32  # writes cl_profiling.csv',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/^\ufeff?op name, ?kernel name, ?exec duration \(ms\)/m.test(text)) return yes
    const row = /^[^\n]{1,300},[\w$]{1,200},\d{1,9}\.\d{6},\d+x\d+x\d+,\d+x\d+x\d+,\d+x\d+x\d+x\d+\r?$/m
    return row.test(text) ? yes : no('no kernel row of ggml-opencl')
  },
  read: async (source, into, tools) => (await import('./llamacpp/read-opencl.js')).readOpencl(source, into, tools),
}
