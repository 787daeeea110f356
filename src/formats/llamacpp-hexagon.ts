import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Op profile of llama.cpp's Hexagon backend: the line of 2025 (durations) and the one of 2026 (with start cycles). */
export const llamacppHexagon: Format = {
  id: 'llamacpp-hexagon',
  title: 'llama.cpp Hexagon op profile (log)',
  source: 'ggml/src/ggml-hexagon of llama.cpp',
  content: ['timeline', 'profile'],
  takes: ['model', 'quant', 'clock'],
  phases: 'tokens of the first op of each graph',
  bytes: 'from dims and types; the line of 2025 has no types: from the model',
  runtime: 'llama.cpp with the Hexagon (HTP) backend',
  command: 'GGML_HEXAGON_PROFILE=1 GGML_HEXAGON_OPSYNC=1 llama-cli -m model.gguf --device HTP0 -p prompt -n 32 -v 2> hexagon.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/ggml-hex: \S{1,40} [\w+]{1,80} .{1,600}: total \d+ us \(/.test(text) || /ggml-hex: \S{1,40} profile-op /.test(text)) return yes
    return no('no op profile of ggml-hex')
  },
  read: async (source, into, tools) => (await import('./llamacpp/read-hexagon.js')).readHexagon(source, into, tools),
}
