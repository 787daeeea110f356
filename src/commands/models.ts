import { WorldswitchCommand } from '../cli/base-command.js'
import { formatBytes } from '../base/units.js'
import { kvBytesPerToken, parameters } from '../model/architecture.js'
import { models } from '../model/models.js'

interface ModelRow {
  readonly id: string
  readonly title: string
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly ffn: number
  readonly vocab: number
  readonly tied: boolean
  readonly parameters: number
  readonly kvBytesPerToken: number
}

export default class Models extends WorldswitchCommand {
  static override summary = 'List the model architectures that traces can be synthesised for.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  async run(): Promise<{ schema: string; models: ModelRow[] }> {
    await this.parse(Models)
    const rows = models.map((model): ModelRow => {
      const { id, title, layers, hidden, heads, kvHeads, headDim, ffn, vocab, tied } = model
      const derived = { parameters: parameters(model), kvBytesPerToken: kvBytesPerToken(model) }
      return { id, title, layers, hidden, heads, kvHeads, headDim, ffn, vocab, tied, ...derived }
    })
    this.table(
      rows.map((row) => ({
        ...row,
        parameters: `${(row.parameters / 1e9).toFixed(2)} B`,
        kv: formatBytes(row.kvBytesPerToken),
      })),
      [
        { key: 'id', title: 'model' },
        { key: 'parameters', align: 'right' },
        { key: 'layers' },
        { key: 'hidden' },
        { key: 'heads' },
        { key: 'kvHeads', title: 'KV heads' },
        { key: 'headDim', title: 'head dim' },
        { key: 'ffn', title: 'FFN' },
        { key: 'vocab' },
        { key: 'kv', title: 'KV a token (f16)', align: 'right' },
      ],
    )
    return { schema: 'worldswitch-models/1', models: rows }
  }
}
