import Database from 'better-sqlite3'
import { BadInput, BrokenLaw, UsageFault } from '../base/errors.js'
import { connect, storeFault } from './connection.js'
import { READ_WAIT_MS } from './busy.js'
import { isWords, opRows, opTableColumns, type OpTableColumn } from './op-table.js'
import { damagedOf, keepAllSums, summedIn, type Summed } from './checksums.js'
import { damageFault } from './damage.js'
import { nameOf } from './readable.js'
import { mentionedColumns, onlyAsks, verbOf } from './sql-text.js'

export interface QueryOptions {
  /** Statements that change the store are refused without it. */
  readonly write?: boolean
}

/** A statement's answer. `rows` is read while it is iterated: nothing is gathered. */
export interface Answer {
  /** Names of the columns; two of one name get `:1`, `:2`, … */
  readonly columns: readonly string[]
  readonly rows: Iterable<readonly SqlValue[]>
  /** Rows changed, of a statement that gives none back. */
  readonly changes: number | null
}
/** Whole numbers beyond 2^53 are bigints. */
export type SqlValue = null | number | bigint | string | Uint8Array

/**
 * SQL over a store: its tables, and `op`, every op of every trace with words for indices (`op-table.ts`).
 *
 *     select kind, sum(durationNs) from op where trace = 'decode-8b' group by kind
 *
 * `op` is a view over a virtual table, made anew for the columns that a statement mentions, because a row costs by
 * its columns and SQLite does not say which it needs. `trace` (the name), `hash` and joins on them are pushed down:
 * other traces are not decoded. Rows are decoded on a connection of their own, since this one is busy answering.
 */
export class Query {
  private readonly decoding: Database.Database
  private shape = ''
  private modules = 0
  private isKept = false

  constructor(
    private readonly db: Database.Database,
    private readonly options: QueryOptions,
  ) {
    this.decoding = new Database(db.name, { readonly: true, timeout: READ_WAIT_MS })
  }

  /** Runs one statement; its rows must have been read, or given up (`break`), before the next one. Throws
   *  `UsageFault` for what SQLite or the read-only rule refuses. */
  ask(sql: string, parameters: readonly SqlValue[] = []): Answer {
    if (this.options.write !== true && !onlyAsks(sql)) throw refused(verbOf(sql))
    return this.guarded(() => {
      const kinds = summedIn(sql)
      const damage = damagedOf(this.db, kinds)
      if (damage !== undefined) throw damageFault(this.db, damage)
      this.offer(mentionedColumns(sql, opTableColumns))
      const statement = this.db.prepare(sql)
      if (this.options.write !== true && !statement.readonly) throw refused(verbOf(sql))
      if (!statement.reader) return { columns: [], rows: [], changes: this.changed(kinds, () => statement.run(...parameters).changes) }
      const columns = uniqueNames(statement.columns().map(({ name }) => name))
      return { columns, rows: this.rowsOf(statement, parameters), changes: null }
    })
  }

  /** All rows as objects: for answers known to be small. */
  all(sql: string, parameters: readonly SqlValue[] = []): Record<string, SqlValue>[] {
    const { columns, rows } = this.ask(sql, parameters)
    return Array.from(rows, (row) => Object.fromEntries(columns.map((column, c) => [column, row[c]!])))
  }

  /** From here on `op` is a temporary table with these columns, as the store is now. Copying costs about as much as
   *  two questions over them, and each later one a third of what it did: worth it from the fourth question on.
   *  Later imports are not seen. */
  keep(columns: readonly OpTableColumn[] = opTableColumns): void {
    this.guarded(() => {
      this.offer(columns)
      this.snapshot(() => this.db.exec('create temp table kept as select * from temp.op'))
      this.db.exec('drop view temp.op; alter table temp.kept rename to op')
      this.isKept = true
    })
  }

  close(): void {
    this.db.close()
    this.decoding.close()
  }

  /** Makes `op` hold at least these columns. */
  private offer(mentioned: readonly OpTableColumn[]): void {
    if (this.isKept) return
    const columns = mentioned.length === 0 ? (['opIndex'] as const) : mentioned
    if (this.shape === columns.join()) return
    const module = `op_${this.modules++}`
    this.db.table(module, { columns: [...columns], parameters: ['of'], rows: opRows(this.decoding, columns) })
    // JavaScript's numbers arrive as reals; ops hold whole ones.
    const selected = columns.map((column) => (isWords(column) ? `o.${column}` : `cast(o.${column} as integer) as ${column}`))
    this.db.exec(
      `drop view if exists temp.op;
       create temp view op as select t.name as trace, t.hash as hash, ${selected.join(', ')}
       from main.trace t cross join ${module} o where o.of = t.id`,
    )
    this.shape = columns.join()
  }

  private *rowsOf(statement: Database.Statement, parameters: readonly SqlValue[]): Generator<readonly SqlValue[]> {
    if (this.decoding.inTransaction) throw new BrokenLaw('an answer was not read to its end before the next one')
    try {
      this.decoding.exec('begin')
      const rows = statement
        .raw()
        .safeIntegers()
        .iterate(...parameters) as IterableIterator<SqlValue[]>
      for (const row of rows) yield row.map(plainInteger)
    } catch (error) {
      throw this.fault(error)
    } finally {
      this.decoding.exec('commit')
    }
  }

  /** What a user's own statement changed is what was written. */
  private changed(kinds: readonly Summed[], work: () => number): number {
    if (kinds.length === 0 || this.db.inTransaction) return this.snapshot(work)
    return this.db.transaction(() => {
      const changes = this.snapshot(work)
      keepAllSums(this.db, kinds)
      return changes
    })()
  }

  /** All chunks that one statement decodes are of one moment. */
  private snapshot<T>(work: () => T): T {
    this.decoding.exec('begin')
    try {
      return work()
    } finally {
      this.decoding.exec('commit')
    }
  }

  private guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.fault(error)
    }
  }

  private fault(error: unknown): unknown {
    if (error instanceof BadInput || error instanceof UsageFault) return error
    if (error instanceof RangeError) return new UsageFault(`SQL: ${error.message}`, 'give one statement')
    if (error instanceof Database.SqliteError && ['SQLITE_ERROR', 'SQLITE_READONLY', 'SQLITE_AUTH'].includes(error.code))
      return new UsageFault(`SQL: ${error.message}`)
    if (error instanceof Database.SqliteError && /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(error.code))
      return new UsageFault(`SQL: ${error.message}`)
    return storeFault(nameOf(this.db), error)
  }
}

/** Opens the store for questions; made, or brought up to date, where it has to be. */
export function openQuery(path: string, options: QueryOptions = {}): Query {
  return new Query(connect(path, options.write === true ? {} : { readonly: true, prepare: true }), options)
}

function refused(verb: string): UsageFault {
  return new UsageFault(`SQL: this statement (${verb || 'no verb'}) may change the store`, 'add --write if it should')
}

function plainInteger(value: SqlValue): SqlValue {
  return typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return before === 0 ? name : `${name}:${before}`
  })
}
