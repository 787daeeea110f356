import { general, isText, no, notJson, notText } from './detected.js'
import type { Format } from './format.js'

/** Chrome trace events that no runtime with a format of its own wrote: slices become ops. Our own export of a trace
 *  carries the ops as they were, and comes back the same. */
export const chromeTrace: Format = {
  id: 'chrome-trace',
  title: 'Chrome trace events (JSON)',
  source: 'Trace Event Format (Chromium project)',
  content: ['timeline'],
  phases: 'slices called prefill and decode around others',
  bytes: 'none',
  runtime: 'anything that writes trace events: MNN, MLC, NCNN tools, Perfetto’s JSON export, worldswitch',
  command: 'worldswitch traces export TRACE --as chrome --out trace.json  # or a tracer’s own switch',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (!/^[\s`\ufeff]*[[{]/.test(text)) return notJson
    return /"traceEvents"\s*:\s*\[/.test(text) || (/"ph"\s*:\s*"[BEXbneiIMCsft]"/.test(text) && /"ts"\s*:/.test(text)) ? general : no('no trace events')
  },
  read: async (source, into, tools) => (await import('./chrome/read-chrome.js')).readChrome(source, into, tools),
}
