import { string as stringArg } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { formatNs } from '../../base/units.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

/** Cells shown on a terminal. */
const SHOWN = 40

export default class StudiesShow extends WorldswitchCommand {
  static override summary = 'Show a study: what was asked, and how its cells ended.'
  static override examples = ['<%= config.bin %> <%= command.id %> ttft-by-pressure', '<%= config.bin %> <%= command.id %> 5f3a --json']
  static override args = { study: stringArg({ required: true, description: 'A study by name or id prefix.' }) }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(StudiesShow)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const { name, hash, kind, cells, done, refused, failed } = store.studies.find(args.study)
      const spec = store.studies.spec(args.study)
      const keys = store.studies.keys(args.study)
      const found = new Map(store.cells.read(keys).map((cell) => [cell.key, cell]))
      const rows = keys.map((key, place) => {
        const cell = found.get(key)
        return { place, key, state: cell?.state ?? 'missing', ttftNs: cell?.summary?.ttftNs ?? null, tpotNs: cell?.summary?.tpotNs ?? null, e2eNs: cell?.summary?.e2eNs ?? null, message: cell?.message ?? null }
      })
      this.print(`${printable(name)} (${kind}, ${hash.slice(0, 12)}): ${cells} cells, ${done} done, ${refused} refused, ${failed} failed`)
      this.print(printable(JSON.stringify(spec), 2000))
      this.table(rows.slice(0, SHOWN).map(({ key, ttftNs, tpotNs, e2eNs, message, ...row }) => ({ ...row, key: key.slice(0, 12), TTFT: ns(ttftNs), TPOT: ns(tpotNs), 'end to end': ns(e2eNs), why: message ?? '' })))
      if (rows.length > SHOWN) this.print(`… ${rows.length - SHOWN} more: --json has all`)
      return { schema: 'worldswitch-study/1', name, hash, kind, spec, cells: rows }
    } finally {
      store.close()
    }
  }
}

const ns = (value: number | null): string => (value === null ? '–' : formatNs(value))
