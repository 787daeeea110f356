import { BadInput, type Place } from '../../base/errors.js'
import type { Skipped } from '../skipped.js'
import type { LayerRow } from './row.js'

const MAX_ROWS = 20_000
const MAX_NETWORKS = 1000

export interface PlacedRow {
  readonly row: LayerRow
  readonly place: Place
}

/** A layer table with the totals that are printed under it. */
export interface LayerTable {
  readonly rows: PlacedRow[]
  printedUs: number
  printedKb: number
}

const fresh = (): LayerTable => ({ rows: [], printedUs: NaN, printedKb: NaN })
/** A table of the compiler has no times, or nothing but zeros. */
const hasTimes = ({ rows }: LayerTable): boolean => rows.some(({ row }) => row.timeUs > 0)

/** The layer tables of a log: of each network the last one that was measured, in the order of the log. A table counts as the same network's
 *  where its layers are the same ones, or the first of them. */
export class LayerTables {
  private open = fresh()
  private readonly networks: LayerTable[] = []
  /** The last table without times, for a refusal. */
  private unmeasured: LayerTable | undefined

  constructor(private readonly skipped: Skipped) {}

  add(row: LayerRow, place: Place): void {
    if (this.open.rows.length > 0 && row.id <= this.open.rows.at(-1)!.row.id) this.end()
    if (this.open.rows.length === MAX_ROWS) throw new BadInput(place, `at most ${MAX_ROWS} layers`, 'more of them')
    this.open.rows.push({ row, place })
  }

  printed(us: number | undefined, kb: number | undefined): void {
    this.open.printedUs = us ?? this.open.printedUs
    this.open.printedKb = kb ?? this.open.printedKb
  }

  end(): void {
    const { open } = this
    this.open = fresh()
    if (open.rows.length === 0) return
    if (!hasTimes(open)) {
      this.leave(this.unmeasured)
      this.unmeasured = open
      return
    }
    const same = this.networks.findIndex((one) => isSame(one, open))
    if (same < 0 && this.networks.length === MAX_NETWORKS) throw new BadInput(open.rows[0]!.place, `at most ${MAX_NETWORKS} networks`, 'more of them')
    if (same >= 0) {
      const [earlier] = this.networks.splice(same, 1)
      this.leave(earlier!.rows.length > open.rows.length ? open : earlier)
      this.networks.push(earlier!.rows.length > open.rows.length ? earlier! : open)
    } else this.networks.push(open)
  }

  /** What was measured. Throws `BadInput` where there are tables, and none of them was. */
  measured(): readonly LayerTable[] {
    this.end()
    const { unmeasured } = this
    if (this.networks.length === 0 && unmeasured !== undefined)
      throw new BadInput(
        { ...unmeasured.rows[0]!.place, field: 'Time(us)' },
        'a table with times',
        Number.isNaN(unmeasured.rows[0]!.row.timeUs) ? 'a table of the compiler: cycles and task counts, no Time(us)' : 'a table of the compiler: every Time(us) is 0',
        'measure on the board: eval_perf() with perf_debug=True, or RKNN_QUERY_PERF_DETAIL',
      )
    this.leave(unmeasured)
    return this.networks
  }

  private leave(table: LayerTable | undefined): void {
    if (table !== undefined) this.skipped.count('layer of another table (a compiler pass, an earlier frame)', table.rows.length)
  }
}

function isSame(a: LayerTable, b: LayerTable): boolean {
  const length = Math.min(a.rows.length, b.rows.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.rows[i]!.row, b.rows[i]!.row]
    if (x.id !== y.id || x.type !== y.type || x.outputs !== y.outputs || x.name !== y.name) return false
  }
  return true
}
