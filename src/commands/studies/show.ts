import { string as stringArg } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { formatNs } from '../../base/units.js'
import type { StoreOrigin } from '../../store/origins.js'
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
      const { id, name, hash, kind, cells, done, refused, failed } = store.studies.find(args.study)
      const spec = store.studies.spec(args.study)
      const keys = store.studies.keys(args.study)
      const found = new Map(store.cells.read(keys).map((cell) => [cell.key, cell]))
      const origin = store.origins.of('study', String(id))
      const origins = store.origins.ofCells(keys)
      const rows = keys.map((key, place) => {
        const cell = found.get(key)
        return { place, key, state: cell?.state ?? 'missing', ttftNs: cell?.summary?.ttftNs ?? null, tpotNs: cell?.summary?.tpotNs ?? null, e2eNs: cell?.summary?.e2eNs ?? null, message: cell?.message ?? null, origin: origins.get(key) ?? null }
      })
      this.print(`${printable(name)} (${kind}, ${hash.slice(0, 12)}): ${cells} cells, ${done} done, ${refused} refused, ${failed} failed`)
      for (const line of mergedLines(origin, [...origins.values()])) this.print(line)
      this.print(printable(JSON.stringify(spec), 2000))
      this.table(rows.slice(0, SHOWN).map(({ key, ttftNs, tpotNs, e2eNs, message, origin: from, ...row }) => ({ ...row, key: key.slice(0, 12), TTFT: ns(ttftNs), TPOT: ns(tpotNs), 'end to end': ns(e2eNs), why: message ?? '', ...(origins.size === 0 ? {} : { 'merged from': from === null ? '' : printable(from.file, 100) }) })))
      if (rows.length > SHOWN) this.print(`… ${rows.length - SHOWN} more: --json has all`)
      return { schema: 'worldswitch-study/1', name, hash, kind, spec, origin, cells: rows }
    } finally {
      store.close()
    }
  }
}

const ns = (value: number | null): string => (value === null ? '–' : formatNs(value))

/** What was not replayed here, in words: results of others are only as good as their word (`studies verify`). */
function mergedLines(study: StoreOrigin | null, cells: readonly StoreOrigin[]): string[] {
  const from = ({ file, hash, mergedAtWallMs }: StoreOrigin): string => `${printable(file, 200)} (${hash.slice(0, 12)}) on ${new Date(mergedAtWallMs).toISOString().slice(0, 10)}`
  const lines = study === null ? [] : [`the study was merged from ${from(study)}`]
  const counts = new Map<string, number>()
  for (const cell of cells) counts.set(from(cell), (counts.get(from(cell)) ?? 0) + 1)
  for (const [where, count] of counts) lines.push(`${count} cells were merged from ${where}; studies verify replays them`)
  return lines
}
