import { string } from '@oclif/core/flags'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { traceArg } from '../../cli/flags.js'
import type { ExportForm } from '../../study/trace-file.js'

export default class TracesExport extends WorldswitchCommand {
  static override summary = 'Write a trace as JSON Lines, as trace events for Chrome and Perfetto, or as a Chakra trace.'
  static override description = 'Importing the file gives the same ops, whichever form it has. Without --out it goes to stdout.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> decode-8b --out decode-8b.trace.jsonl.gz',
    '<%= config.bin %> <%= command.id %> decode-8b --out decode-8b.json',
    '<%= config.bin %> <%= command.id %> decode-8b | head -1',
  ]
  static override args = { trace: traceArg }
  static override flags = {
    as: string({ options: ['jsonl', 'chrome', 'chakra'], helpValue: 'FORM', summary: 'jsonl: our interchange; chrome: trace events for viewers; chakra: protobuf. [default: by the end of --out]' }),
    out: string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'The file to write, gzipped where it ends in .gz; it appears whole or not at all.',
    }),
  }

  async run(): Promise<{ schema: string; name: string; hash: string; ops: number; file: string | null }> {
    const { args, flags } = await this.parse(TracesExport)
    const [{ openStore }, { resolveTrace }, { checkTraceFile, exported, formOfPath, writeTraceFile }] = await Promise.all([
      import('../../store/store.js'),
      import('../../study/import-file.js'),
      import('../../study/trace-file.js'),
    ])
    if (flags.out !== undefined) await checkTraceFile(flags.out)
    const form = (flags.as as ExportForm | undefined) ?? (flags.out === undefined ? 'jsonl' : formOfPath(flags.out))
    const store = openStore(this.dbPath(flags))
    try {
      const trace = await resolveTrace(store, args.trace)
      const { header, hash, ops } = trace
      if (flags.out !== undefined) {
        await writeTraceFile(trace, flags.out, form)
        this.print(`wrote ${printable(header.name)} (${ops.length} ops) to ${printable(flags.out, 200)}`)
      } else if (!this.jsonEnabled()) {
        const { Readable } = await import('node:stream')
        const { pipeline } = await import('node:stream/promises')
        await pipeline(Readable.from(exported(trace, form)), process.stdout, { end: false })
      }
      return { schema: 'worldswitch-exported/1', name: header.name, hash, ops: ops.length, file: flags.out ?? null }
    } finally {
      store.close()
    }
  }
}
