import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** OP-TEE's own function graph of a trusted application (CFG_FTRACE_SUPPORT). */
export const opteeGraph: Format = {
  id: 'optee-graph',
  title: 'OP-TEE function graph of a trusted application (text)',
  source: 'https://optee.readthedocs.io/en/latest/debug/ftrace.html',
  content: ['profile'],
  phases: 'none',
  bytes: 'none',
  runtime: 'OP-TEE built with CFG_FTRACE_SUPPORT=y',
  command: 'make CFG_FTRACE_SUPPORT=y CFG_FTRACE_BUF_WHEN_FULL=shift; ./app; cat /tmp/ftrace-<TA uuid>.out',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/^[ \t]*Function graph for TA: [0-9a-f-]{8,36} @/m.test(text)) return yes
    // Pasted without its title: rows with a depth column, which Linux' graph has not.
    if (/^[ \t]{0,20}\d{0,12}\.\d{3} us\s{0,20}\|\s{0,6}\d{1,3} \|\s{1,200}[\w$.]{1,200}\(\);?[ \t\r]*$/m.test(text)) return yes
    const rows = text.match(/^[ \t]{0,20}(\d{0,12}\.\d{3} us)?[ \t]{0,20}\|\s{0,6}\d{1,3} \|\s{1,200}([\w$.]{1,200}\(\)|\})/gm)
    return rows !== null && rows.length >= 3 ? yes : no('no function graph of OP-TEE')
  },
  read: async (source, into, tools) => (await import('./ftrace/read-optee-graph.js')).readOpteeGraph(source, into, tools),
}
