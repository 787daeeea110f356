import { deflateRawSync } from 'node:zlib'
import type Database from 'better-sqlite3'
import { BadInput, type Place } from '../base/errors.js'
import { MOST_WINDOW_BYTES } from '../base/unpack-limits.js'
import type { CellOutcome, CellSummary, CellTasks } from '../run/outcome.js'
import type { WindowResult } from '../run/result.js'
import { familyNs } from '../run/causes.js'
import { CHUNK_OPS } from '../trace/writer.js'
import { nameOf } from './readable.js'
import { doneWaiting, triedWithoutWaiting } from './busy.js'
import { isWhole, keepSum } from './checksums.js'
import { cellTables } from './unkept.js'
import { unpackHeld } from './unpacking.js'
import type { Access } from './workloads.js'

/** A finished cell to be kept: what was ordered, as text, and how it ended. */
export interface CellRecord {
  readonly key: string
  readonly subject: string
  readonly policy: string
  readonly device: string
  readonly order: object
  readonly outcome: CellOutcome
}

/** What is read back of a cell without its windows. */
export interface StoredCell {
  readonly key: string
  readonly state: CellOutcome['state']
  readonly summary: CellSummary | null
  readonly message: string | null
}

interface Row {
  readonly key: string
  readonly state: CellOutcome['state']
  readonly summary: string | null
  readonly message: string | null
}

/** What helps with a cell that is damaged. */
const AGAIN = 'remove the cell’s study and run it again'

/** Keys in one statement at most: below SQLite's limit of parameters. */
const BATCH = 500

/** The finished cells of a store, each under its key; a key is stored once, whoever replays it again. */
export class Cells {
  constructor(
    private readonly db: Database.Database,
    private readonly access: Access,
  ) {}

  /** Which of `keys` need no replay: done and refused cells, and failed ones too unless they are to be tried again. */
  finished(keys: readonly string[], retryFailed: boolean): Set<string> {
    const found = new Set<string>()
    for (const { key, state } of this.rows<Pick<Row, 'key' | 'state'>>('key, state', keys)) if (state !== 'failed' || !retryFailed) found.add(key)
    return found
  }

  /** In no particular order; unknown keys are left out. */
  read(keys: readonly string[]): StoredCell[] {
    const rows = this.rows<Row>('key, state, summary, message', keys)
    for (const { key } of rows) this.hold(key)
    return rows.map(({ summary, ...row }) => ({ ...row, summary: summary === null ? null : (JSON.parse(summary) as CellSummary) }))
  }

  /** A cell as it was ordered and ended, without its tasks; null: it is not there. Throws `BadInput`: damaged. */
  whole(key: string): { readonly order: unknown; readonly outcome: CellOutcome } | null {
    const row = this.access.reading(() => this.db.prepare('select cellOrder, state, summary, message from cell where key = ?').get(key)) as (Omit<Row, 'key'> & { cellOrder: string }) | undefined
    if (row === undefined) return null
    this.hold(key)
    const order = JSON.parse(row.cellOrder) as unknown
    if (row.state !== 'done') return { order, outcome: { state: row.state, message: row.message ?? '' } }
    return { order, outcome: { state: 'done', summary: JSON.parse(row.summary!) as CellSummary, windows: this.windows(key) ?? [] } }
  }

  /** The windows of a done cell; null: it is not there, or ended otherwise. Throws `BadInput`: damaged. */
  windows(key: string): WindowResult[] | null {
    return this.access.reading(() => {
      const blob = this.db.prepare('select windows from cell where key = ?').pluck().get(key) as Buffer | null | undefined
      if (blob === undefined || blob === null) return null
      this.hold(key)
      const unpacked = unpackHeld('raw deflate', blob, this.place(key, 'windows'), MOST_WINDOW_BYTES, AGAIN)
      try {
        return JSON.parse(unpacked.toString('utf8')) as WindowResult[]
      } catch {
        throw new BadInput(this.place(key, 'windows'), 'JSON', 'something else', AGAIN)
      }
    })
  }

  /** The tasks of a cell; null where they were not kept. */
  tasks(key: string): CellTasks | null {
    return this.access.reading(() => {
      const rows = this.db.prepare('select number, field, tasks, data from cell_tasks where cell = ? order by number').all(key) as { number: number; field: string; tasks: number; data: Buffer }[]
      if (rows.length === 0) return null
      this.hold(key, 'tasks')
      const chunks = new Map(rows.map(({ number, tasks }) => [number, tasks]))
      const length = [...chunks.values()].reduce((sum, tasks) => sum + tasks, 0)
      const columns: Record<string, Float64Array> = {}
      for (const { number, field, tasks, data } of rows) {
        const column = (columns[field] ??= new Float64Array(length))
        const bytes = unpackHeld('raw deflate', data, this.place(key, `tasks, ${field}`), tasks * 8, AGAIN)
        if (bytes.length !== tasks * 8 || number * CHUNK_OPS + tasks > length) throw new BadInput(this.place(key, `tasks, ${field}`), `${tasks} numbers`, `${bytes.length} bytes`, AGAIN)
        column.set(new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + tasks * 8)), number * CHUNK_OPS)
      }
      return { length, columns }
    })
  }

  /** Stores cells in one transaction, after other writes. A stored cell stays as it is, unless it had failed; tasks are added where
   *  they were not kept before. */
  async put(records: readonly CellRecord[]): Promise<void> {
    if (this.access.isReadonly) this.insert(records)
    else if (records.length > 0) await this.access.writing(() => this.insert(records))
  }

  /** The same at once, if nobody else writes; false: somebody does, and they are to be kept. */
  putIfFree(records: readonly CellRecord[]): boolean {
    if (this.access.isReadonly) this.insert(records)
    return records.length === 0 || this.access.isReadonly || this.access.reading(() => triedWithoutWaiting(this.db, () => this.db.transaction(() => this.insert(records)).immediate()))
  }

  /** The same, waiting with the whole process: for where nothing can be done later. */
  putAll(records: readonly CellRecord[]): void {
    if (records.length > 0 && !this.access.isReadonly) this.access.reading(() => doneWaiting(this.db, () => this.db.transaction(() => this.insert(records)).immediate()))
  }

  private insert(records: readonly CellRecord[]): void {
    const wallMs = this.access.wallClockMs()
    const tables = cellTables(this.db)
    const insert = this.db.prepare(`insert into ${tables.cell} (key, subject, policy, device, state, cellOrder, ttftNs, tpotNs, e2eNs, switchNs, predictedShare, summary, windows, message, finishedAtWallMs)
      values (@key, @subject, @policy, @device, @state, @cellOrder, @ttftNs, @tpotNs, @e2eNs, @switchNs, @predictedShare, @summary, @windows, @message, @wallMs)
      on conflict (key) do update set state = excluded.state, ttftNs = excluded.ttftNs, tpotNs = excluded.tpotNs, e2eNs = excluded.e2eNs, switchNs = excluded.switchNs,
        predictedShare = excluded.predictedShare, summary = excluded.summary, windows = excluded.windows, message = excluded.message, finishedAtWallMs = excluded.finishedAtWallMs
      where ${tables.cell}.state = 'failed'`)
    const task = this.db.prepare(`insert or ignore into ${tables.tasks} (cell, number, field, tasks, data) values (?, ?, ?, ?, ?)`)
    const mine = this.db.prepare("delete from main.origin where what = 'cell' and id = ?") // replayed here, after it had failed elsewhere
    for (const { key, subject, policy, device, order, outcome } of records) {
      const { changes } = insert.run({ key, subject, policy, device, cellOrder: JSON.stringify(order), wallMs, ...fieldsOf(outcome) })
      const hasTasks = outcome.state === 'done' && outcome.tasks !== undefined
      if (hasTasks) putTasks(task, key, outcome.tasks!)
      if (this.access.isReadonly) continue
      if (changes > 0) keepSum(this.db, 'cell', key)
      if (hasTasks) keepSum(this.db, 'tasks', key)
      if (changes > 0) mine.run(key)
    }
  }

  /** Whether the tasks of a cell are missing that could be kept: it is done, and they were not. */
  lacksTasks(key: string): boolean {
    return this.access.reading(() => this.db.prepare("select 1 from cell where key = ? and state = 'done' and key not in (select cell from cell_tasks)").get(key) !== undefined)
  }

  /** Throws `BadInput`: what is stored is not what was written. Cells that are not kept have no sums. */
  private hold(key: string, what: 'cell' | 'tasks' = 'cell'): void {
    if (!isWhole(this.db, what, key)) throw new BadInput(this.place(key, what === 'cell' ? 'outcome' : what), 'what was written', 'other bytes (its checksum differs)', AGAIN)
  }

  private place(key: string, what: string): Place {
    return { file: nameOf(this.db), field: `cell ${key.slice(0, 12)}, ${what}` }
  }

  private rows<R>(fields: string, keys: readonly string[]): R[] {
    return this.access.reading(() => {
      const rows: R[] = []
      for (let at = 0; at < keys.length; at += BATCH) {
        const some = keys.slice(at, at + BATCH)
        rows.push(...(this.db.prepare(`select ${fields} from cell where key in (${some.map(() => '?').join()})`).all(...some) as R[]))
      }
      return rows
    })
  }
}

function fieldsOf(outcome: CellOutcome): Record<string, unknown> {
  const none = { ttftNs: null, tpotNs: null, e2eNs: null, switchNs: null, predictedShare: null, summary: null, windows: null, message: null }
  if (outcome.state !== 'done') return { ...none, state: outcome.state, message: outcome.message }
  const { summary, windows } = outcome
  const { ttftNs, tpotNs, e2eNs, predictedShare } = summary
  const switchNs = familyNs(summary.ttftExposedNs, 'switch') / summary.requests
  return { ...none, state: outcome.state, ttftNs, tpotNs, e2eNs, switchNs, predictedShare, summary: JSON.stringify(summary), windows: deflateRawSync(JSON.stringify(windows), { level: 1 }) }
}

function putTasks(insert: Database.Statement, key: string, { length, columns }: CellTasks): void {
  for (let from = 0; from < length; from += CHUNK_OPS) {
    const to = Math.min(length, from + CHUNK_OPS)
    for (const [field, column] of Object.entries(columns)) {
      const values = Float64Array.from(column.subarray(from, to))
      insert.run(key, from / CHUNK_OPS, field, to - from, deflateRawSync(new Uint8Array(values.buffer), { level: 1 }))
    }
  }
}
