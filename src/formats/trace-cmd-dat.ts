import { BadInput } from '../base/errors.js'
import { no, startsWith, yes } from './detected.js'
import type { Format } from './format.js'

const MAGIC = [0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67] // 17 08 44 "tracing"

/** A recording of trace-cmd, read through the text that the program itself reports of it. */
export const traceCmdDat: Format = {
  id: 'trace-cmd-dat',
  title: 'trace-cmd recording (trace.dat)',
  source: 'trace-cmd.dat(5)',
  content: ['world-switches', 'timeline'],
  phases: 'marks that the run wrote to trace_marker, and sections, as for ftrace',
  bytes: 'none',
  runtime: 'trace-cmd on Linux',
  command: 'trace-cmd record -e optee -e irq -e sched -o trace.dat ./app',
  detect: ({ bytes }) => (startsWith(bytes, MAGIC) ? yes : no('no recording of trace-cmd')),
  async read(source, into, tools) {
    const { traceCmdReport } = tools
    if (traceCmdReport === undefined)
      throw new BadInput(
        { file: source.name, byteOffset: 0 },
        'the program trace-cmd, which reads its recordings',
        undefined,
        'install it (Debian: apt-get install trace-cmd), or import the output of `trace-cmd report -t`',
      )
    const { readFtrace } = await import('./ftrace/read.js')
    const report = { name: source.name, sizeBytes: 0, head: new Uint8Array(0), chunks: () => traceCmdReport(source) }
    return readFtrace(report, into, tools, 'trace-cmd-dat')
  },
}
