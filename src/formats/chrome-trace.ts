import { general, isText, no, notJson, notText } from './detected.js'
import type { Format } from './format.js'

/** Keys that stand beside the events, at the beginning of a file. */
const beside = /^[\s`\ufeff]*\{\s*"(metadata|otherData|stackFrames|samples|systemTraceEvents|controllerTraceDataKey|powerTraceAsString|displayTimeUnit)"\s*:/
const isCut = (text: string): boolean => text.length >= HEAD_CHARACTERS && !/\}\s*$/.test(text)
const HEAD_CHARACTERS = 60_000

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
    // The head may end within a long value that stands ahead of the events.
    if (beside.test(text) && isCut(text)) return general
    return /"traceEvents"\s*:\s*\[/.test(text) || (/"ph"\s*:\s*"[BEXbneiIMCsft]"/.test(text) && /"ts"\s*:/.test(text)) ? general : no('no trace events')
  },
  read: async (source, into, tools) => (await import('./chrome/read-chrome.js')).readChrome(source, into, tools),
}
