import { WorldswitchCommand } from '../cli/base-command.js'

interface FormatRow {
  readonly id: string
  readonly title: string
  readonly source: string
}

export default class Formats extends WorldswitchCommand {
  static override summary = 'List the trace formats that can be imported; which one a file is, its content decides.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  async run(): Promise<{ schema: string; formats: FormatRow[] }> {
    await this.parse(Formats)
    const { formats } = await import('../formats/index.js')
    const rows = formats.map(({ id, title, source }): FormatRow => ({ id, title, source }))
    this.table(rows, [{ key: 'id', title: 'format' }, { key: 'title' }, { key: 'source', title: 'written down in' }])
    return { schema: 'worldswitch-formats/1', formats: rows }
  }
}
