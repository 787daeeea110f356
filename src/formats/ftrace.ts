import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Text of the Linux kernel's tracer with OP-TEE's events: the world switches of a recorded run. */
export const ftrace: Format = {
  id: 'ftrace',
  title: 'Linux ftrace with OP-TEE or SMC events, or ATrace sections (text; also trace-cmd report)',
  source: 'https://docs.kernel.org/trace/ftrace.html; drivers/tee/optee/optee_trace.h of the Linux kernel',
  content: ['world-switches', 'timeline'],
  phases: 'marks that the run wrote to trace_marker: `step N begin`, `layer N/M`, `step N end`; sections called prefill and decode around others',
  bytes: 'none',
  runtime: 'Linux (optee driver, or a vendor kernel with scm events), trace-cmd',
  command: 'trace-cmd record -e optee -e irq -e sched ./app && trace-cmd report -t > switches.txt',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/^[ \t]*[{[]/.test(text)) return no('no line of ftrace')
    if (/optee_invoke_fn_(begin|end): /.test(text) || /^# tracer: \w/m.test(text)) return yes
    const isEvent = /^\s{0,80}\S.{0,60}-\d{1,10}\s.{0,30}\s\d{1,12}\.\d{6,9}: [\w.]+:/m
    const isGraph = /^\s{0,20}(\d{1,12}\.\d{6} \|\s{0,4})?\d{1,4}\)\s.{0,60}\|.{0,200}\(\)( \{|;)/m
    return isEvent.test(text) || isGraph.test(text) ? yes : no('no line of ftrace')
  },
  read: async (source, into, tools) => (await import('./ftrace/read.js')).readFtrace(source, into, tools),
}
