import type { Place } from '../../base/errors.js'
import { decimalToNs } from '../decimal-text.js'
import { isOfPass, roleOfLabel } from './label-work.js'

/** A row of an op table: totals of so many executions. */
export interface TableRow {
  readonly op: string
  readonly count: number
  readonly totalNs: number
  /** Comes once a pass and not in each layer. */
  readonly isOfPass: boolean
  readonly place: Place
}

export interface OpTable {
  readonly phase: 'prefill' | 'decode'
  /** Layers (prefill), layer calls or tokens (decode) that the totals are over. */
  readonly over: number
  readonly isOfLayerCalls: boolean
  /** Layers whose attention ran on the CPU. */
  readonly cpuLayers: number
  readonly rows: TableRow[]
  /** The printed TOTAL; NaN: the table was cut. */
  totalNs: number
}

const BREAKDOWN = /\[Profile(\/Prefill)?\] (?:Decode per-op|Per-op) breakdown \((?:accumulated over )?(\d{1,9}) (layers|layer-calls)(?:, (\d{1,6}) CPU attn)?/
const CUDA = /=== CUDA per-op profile \(\d{1,6} ops over (\d{1,9}) tokens\)/

/** Puts tables together from a log that two streams wrote: a row may break off behind its name and go on lines later,
 *  with other text between. Rows are known by their shape. */
export class TableReader {
  readonly tables: OpTable[] = []
  private open: OpTable | undefined
  private isCuda = false
  private pending: { op: string; place: Place } | undefined

  line(text: string, place: Place): void {
    const title = BREAKDOWN.exec(text)
    const cuda = CUDA.exec(text)
    if (title !== null || cuda !== null) {
      this.isCuda = cuda !== null
      const over = Number(cuda?.[1] ?? title![2])
      this.open = { phase: title?.[1] === undefined ? 'decode' : 'prefill', over, isOfLayerCalls: title?.[3] === 'layer-calls', cpuLayers: Number(title?.[4] ?? 0), rows: [], totalNs: NaN }
      this.pending = undefined
      if (this.tables.length < 10_000) this.tables.push(this.open)
      return
    }
    if (this.open === undefined) return
    if (this.isCuda) this.cudaLine(this.open, text, place)
    else this.breakdownLine(this.open, text, place)
  }

  private cudaLine(table: OpTable, text: string, place: Place): void {
    const row = /^([\w.+-]{1,80})\s{1,40}(\d{1,12})\s{1,40}([\d.]{1,20})(?:\s{1,40}[\d.]{1,20}\s{1,40}[\d.]{1,8}%)?\s*$/.exec(text)
    if (row === null) return
    const totalNs = decimalToNs(row[3]!, 'ms')
    if (row[1] === 'TOTAL') this.end(table, totalNs)
    else if (Number(row[2]) > 0 && !Number.isNaN(totalNs)) table.rows.push({ op: row[1]!, count: Number(row[2]), totalNs, isOfPass: isOfPass(roleOfLabel(row[1]!)), place })
  }

  private breakdownLine(table: OpTable, text: string, place: Place): void {
    const row = /^\s{1,40}([A-Za-z][\w.+-]{0,80})\s{1,60}(\d{1,15})\s{1,40}\d{1,15}(?:\s{1,40}[\d.]{1,8}%)?\s*$/.exec(text)
    const name = /^\s{1,40}([A-Za-z][\w.+-]{0,80})\s*$/.exec(text)
    const rest = /^\s{1,60}(\d{1,15})\s{1,40}\d{1,15}\s{1,40}[\d.]{1,8}%\s*$/.exec(text)
    if (row !== null) {
      const totalNs = Number(row[2]) * 1000
      if (row[1] === 'TOTAL') this.end(table, totalNs)
      else this.add(table, row[1]!, totalNs, place)
    } else if (name !== null && name[1] !== 'Operation') this.pending = { op: name[1]!, place }
    else if (rest !== null && this.pending !== undefined) {
      this.add(table, this.pending.op, Number(rest[1]) * 1000, this.pending.place)
      this.pending = undefined
    }
  }

  /** A row of a table that does not say how often: once a layer, and attention as often as it ran there. */
  private add(table: OpTable, op: string, totalNs: number, place: Place): void {
    const { over, cpuLayers } = table
    const isShared = /^flash_prefill_/.test(op) && cpuLayers > 0 && cpuLayers < over
    const count = isShared ? (op.endsWith('_cpu') ? cpuLayers : over - cpuLayers) : over
    const once = isOfPass(roleOfLabel(op))
    table.rows.push({ op, count: Math.max(1, once && table.phase === 'prefill' ? 1 : count), totalNs, isOfPass: once, place })
  }

  private end(table: OpTable, totalNs: number): void {
    table.totalNs = totalNs
    this.open = undefined
    this.pending = undefined
  }
}
