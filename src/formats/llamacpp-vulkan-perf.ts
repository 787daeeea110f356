import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Timings of llama.cpp's Vulkan backend: totals an op and graph, without order. */
export const llamacppVulkan: Format = {
  id: 'llamacpp-vulkan-perf',
  title: 'llama.cpp Vulkan perf logger (log)',
  source: 'ggml/src/ggml-vulkan of llama.cpp',
  content: ['profile'],
  phases: 'n of the matmuls: more than one token is a prefill',
  bytes: 'from types and dims of matmuls and attention, FLOPs by m, n, k or the printed rate',
  runtime: 'llama.cpp with the Vulkan backend',
  command: 'GGML_VK_PERF_LOGGER=1 llama-cli -m model.gguf -p prompt -n 32 2> vulkan.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return /^[ \t]*Vulkan Timings:[ \t]*\r?$/m.test(text) || /^[ \t]{0,40}[A-Z][A-Z0-9_]{1,40}\b[^\n]{0,600}: \d{1,12} x [\d.e+]{1,24} (ms|us)/m.test(text)
      ? yes
      : no('no timings of ggml-vulkan')
  },
  read: async (source, into, tools) => (await import('./llamacpp/read-vulkan.js')).readVulkan(source, into, tools),
}
