import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { UsageFault } from '../base/errors.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import type { Answer, SqlValue } from '../store/query.js'

/** Rows that are gathered to be aligned as a table; more are written as they come. */
const TABLE_ROWS = 1000

export default class Sql extends WorldswitchCommand {
  static override summary = 'Ask the store one question in SQL.'
  static override description =
    'Tables: trace, chunk, request, tensor, and op: every op of every trace, with words for indices. Name the trace ' +
    "(where trace = 'NAME'): only its chunks are decoded then, and of them only the columns the question mentions. " +
    'Of more than 1000 rows, lines with tabs between are written as they come. Whole numbers beyond 2^53 are text under --json.'
  static override examples = [
    `<%= config.bin %> <%= command.id %> "select kind, sum(durationNs) as ns from op where trace = 'decode-8b' group by kind"`,
    `<%= config.bin %> <%= command.id %> "select name, ops from trace" --json`,
    `<%= config.bin %> <%= command.id %> "select * from op where trace = 'decode-8b'" --lines > ops.jsonl`,
  ]
  static override args = { query: string({ required: true, description: 'One statement.' }) }
  static override flags = {
    write: boolean({ summary: 'Let the statement change the store.' }),
    lines: boolean({ summary: 'Write each row as a line of JSON as it comes, however many there are.' }),
  }

  async run(): Promise<{ schema: string; columns: readonly string[]; rows: Record<string, unknown>[]; changes: number | null }> {
    const { args, flags } = await this.parse(Sql)
    if (flags.lines && this.jsonEnabled()) throw new UsageFault('--lines and --json exclude each other')
    const [{ openQuery }, { breather }] = await Promise.all([import('../store/query.js'), import('../study/breathe.js')])
    const query = openQuery(this.dbPath(flags), { write: flags.write })
    try {
      const answer = query.ask(args.query)
      const { columns, changes } = answer
      const rows: Record<string, unknown>[] = []
      // Between rows the reader's end is heard (`… | head`), and Ctrl-C.
      const breathe = breather()
      if (this.jsonEnabled())
        for (const row of answer.rows) {
          await breathe()
          rows.push(objectOf(columns, row))
        }
      else if (flags.lines)
        for (const row of answer.rows) {
          await breathe()
          this.print(JSON.stringify(objectOf(columns, row)))
        }
      else if (changes !== null) this.print(`${changes} rows changed`)
      else await this.show(answer, breathe)
      return { schema: 'worldswitch-sql/1', columns, rows, changes }
    } finally {
      query.close()
    }
  }

  private async show({ columns, rows }: Answer, breathe: () => Promise<void>): Promise<void> {
    const first: Record<string, unknown>[] = []
    let count = 0
    for (const row of rows) {
      await breathe()
      if (count++ < TABLE_ROWS) first.push(objectOf(columns, row))
      else {
        if (count === TABLE_ROWS + 1) {
          this.print(columns.map(cell).join('\t'))
          for (const early of first) this.print(columns.map((column) => cell(early[column])).join('\t'))
        }
        this.print(row.map((value) => cell(plain(value))).join('\t'))
      }
    }
    if (count > TABLE_ROWS) return
    if (count === 0) this.print('no rows')
    else
      this.table(
        first,
        columns.map((key) => ({ key })),
      )
  }
}

function objectOf(columns: readonly string[], row: readonly SqlValue[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, c) => [column, plain(row[c]!)]))
}

/** JSON has neither bytes nor integers beyond 2^53. */
function plain(value: SqlValue): string | number | null {
  if (typeof value === 'bigint') return `${value}`
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : value
}

const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g

/** A value in a line with tabs between: control characters of it escaped as JSON does. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  return text.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
