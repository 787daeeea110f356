import { string } from '@oclif/core/args'
import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import type { FormatFacts } from '../formats/format.js'

export default class Formats extends WorldswitchCommand {
  static override summary = 'List the formats that are read: what each carries, which runtime writes it, and the command that makes it.'
  static override description = 'Which format a file is, its content decides. docs/formats.md has all of it on one page.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> llama-bench', '<%= config.bin %> <%= command.id %> --json']
  static override args = { format: string({ description: 'Show one format with its command.' }) }

  async run(): Promise<{ schema: string; formats: FormatFacts[] }> {
    const { args } = await this.parse(Formats)
    const [{ formats }, { didYouMean }] = await Promise.all([import('../formats/index.js'), import('../formats/did-you-mean.js')])
    const ids = formats.map(({ id }) => id)
    const shown = formats.filter(({ id }) => args.format === undefined || id === args.format)
    if (shown.length === 0) throw new UsageFault(`there is no format ${quoteFound(args.format)}`, didYouMean(args.format, ids) ?? 'see `worldswitch formats`')
    const rows = shown.map(({ id, title, source, content, phases, bytes, runtime, command }): FormatFacts => ({ id, title, source, content, phases, bytes, runtime, command }))
    if (args.format === undefined) this.table(rows.map(({ id, content, runtime, title }) => ({ format: id, carries: content.join(', '), 'written by': runtime, title })))
    else for (const facts of rows) this.table(Object.entries(facts).map(([what, value]) => ({ what, '': Array.isArray(value) ? value.join(', ') : String(value) })))
    if (args.format === undefined) this.print('\nworldswitch formats FORMAT tells the exact command that makes a runtime write it')
    return { schema: 'worldswitch-formats/1', formats: rows }
  }
}
