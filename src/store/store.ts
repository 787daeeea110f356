import Database from 'better-sqlite3'
import { BrokenLaw, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { OpField, OpTable, Trace, TraceHeader } from '../trace/trace.js'
import { TraceWriter, type HeaderFacts, type WrittenTrace } from '../trace/writer.js'
import { nameOf } from './readable.js'
import { beginWriting, WRITE_WAIT_MS } from './busy.js'
import { Cells } from './cells.js'
import { isWhole, keepSum } from './checksums.js'
import { damaged } from './chunks.js'
import { nativeContentHash } from './content-hash.js'
import { connect, storeFault } from './connection.js'
import { findEntry } from './find.js'
import { connectForeign } from './foreign.js'
import { groupOps, type Group, type GroupField, type SumField } from './group-by.js'
import { inferredShares, type InferredShare } from './inferred.js'
import { hashOfStored, loadOpColumns, loadTrace, type TraceHead } from './load.js'
import { checkForeign, hashOfFile, mergeInto, type Merged, type MergedFrom } from './merge.js'
import { indexLaw } from './index-law.js'
import { alsoName, newName, removeNamed, withOtherNames, type Removed } from './names.js'
import { Origins } from './origins.js'
import { StagedChunks } from './staging.js'
import { Studies } from './studies.js'
import { holdUnkept } from './unkept.js'
import { Workloads, type Access } from './workloads.js'

export interface TraceEntry {
  readonly id: number
  readonly hash: string
  readonly name: string
  /** It is found by these too. */
  readonly otherNames: readonly string[]
  readonly ops: number
  readonly importedAtWallMs: number
}

export interface ImportedTrace {
  readonly hash: string
  /** As stored: the name that was asked for, of a content that was there already as one more; else the name it has. */
  readonly name: string
  readonly otherNames: readonly string[]
  readonly ops: number
  readonly existed: boolean
  readonly header: TraceHeader
}

export interface StoreOptions {
  readonly readonly?: boolean
  /** How long a write waits for another process that writes. */
  readonly waitMs?: number
  readonly wallClockMs?: () => number
}

/** Opens (and makes) the store at `path`; one that may not be written is opened for reading (`isReadonly`). See `connect` for what
 *  it refuses. */
export function openStore(path: string, options: StoreOptions = {}): Store {
  return new Store(connect(path, options.readonly === true ? options : { orReadonly: true }), options)
}

/** Traces in one SQLite file. Reading is synchronous and sees whole traces only, during an import too; writes take
 *  their turn. Other processes may read and write the same file. */
export class Store {
  readonly workloads: Workloads
  readonly cells: Cells
  readonly studies: Studies
  readonly origins: Origins
  private turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly db: Database.Database,
    private readonly options: StoreOptions,
  ) {
    const access: Access = {
      reading: (read) => this.reading(read),
      writing: (work) => this.writing(work),
      wallClockMs: () => (options.wallClockMs ?? Date.now)(),
      isReadonly: db.readonly,
    }
    if (db.readonly) holdUnkept(db)
    this.workloads = new Workloads(db, access)
    this.cells = new Cells(db, access)
    this.studies = new Studies(db, access)
    this.origins = new Origins(db, access)
  }

  /** What is replayed is not kept, and nothing can be imported. */
  get isReadonly(): boolean {
    return this.db.readonly
  }

  get path(): string {
    return nameOf(this.db)
  }

  close(): void {
    this.db.close()
  }

  /** All traces, by name. */
  list(): TraceEntry[] {
    return this.reading(
      () => withOtherNames(this.db, 'trace', this.db.prepare('select id, hash, name, ops, importedAtWallMs from trace order by name').all() as TraceEntry[]),
    )
  }

  /** By one of its names, else by an unambiguous prefix (4 digits or more) of the hash. Throws `UsageFault`. */
  find(ref: string): TraceEntry {
    return findEntry(this.list(), ref)
  }

  header(ref: string): TraceHeader {
    return this.head(ref).header
  }

  /** The whole trace, checked against its content hash. Throws `UsageFault` (unknown) or `BadInput` (damaged). */
  load(ref: string): Trace {
    return this.reading(() => loadTrace(this.db, this.head(ref)))
  }

  /** Some op columns and what their indices mean; the rest stays on disk. */
  loadColumns<F extends OpField>(ref: string, fields: readonly F[]): TraceHead & { readonly columns: Pick<OpTable, F> } {
    return this.reading(() => {
      const head = this.head(ref)
      return { ...head, columns: loadOpColumns(this.db, head, fields) }
    })
  }

  /** Ops and sums (durations unless said) by one column, without loading the trace. */
  groupBy<S extends SumField = 'durationNs'>(ref: string, by: GroupField, sums: readonly S[] = ['durationNs' as S]): Group<S>[] {
    return this.reading(() => groupOps(this.db, this.head(ref), by, sums))
  }

  /** What share of the ops has each field inferred, by rule. */
  inferred(ref: string): InferredShare[] {
    return inferredShares(this.header(ref).ruleSets, this.groupBy(ref, 'rules', []))
  }

  /** Stores what `write` writes, as one transaction that begins when all of it is there: whatever it throws, nothing of it stays,
   *  and other processes write meanwhile. `write` gives the facts of the header, or has finished the writer itself. Content that is
   *  stored already is not stored again: it gets the name too. A taken name becomes `name-2`; without one, the header's is taken. */
  async importTrace(
    name: string | undefined,
    write: (writer: TraceWriter) => HeaderFacts | WrittenTrace | Promise<HeaderFacts | WrittenTrace>,
  ): Promise<ImportedTrace> {
    return this.inTurn(async () => {
      this.holdWritable()
      const staged = new StagedChunks(this.db)
      try {
        const indices = indexLaw()
        const writer = new TraceWriter((chunk) => {
          indices.see(chunk.ops)
          staged.add(chunk)
        }, nativeContentHash())
        const result = await write(writer)
        const written = 'opCount' in result ? result : writer.finish(result)
        indices.hold(written.header, written.strings)
        return await this.transaction(() => this.putTrace(name, written, staged))
      } finally {
        staged.clear()
      }
    })
  }

  private putTrace(name: string | undefined, { header, strings, hash, opCount }: WrittenTrace, staged: StagedChunks): ImportedTrace {
    const isNamed = name !== undefined && name !== ''
    const [existing] = withOtherNames(this.db, 'trace', this.db.prepare('select id, name from trace where hash = ?').all(hash) as { id: number; name: string }[])
    if (existing !== undefined) {
      const called = isNamed ? alsoName(this.db, 'trace', existing, name) : existing.name
      return { hash, name: called, otherNames: [existing.name, ...existing.otherNames].filter((one) => one !== called), ops: opCount, existed: true, header }
    }
    const stored = newName(this.db, isNamed ? name : header.name)
    const id = this.db.prepare('select coalesce(max(id), 0) + 1 from trace').pluck().get() as number
    const wallMs = (this.options.wallClockMs ?? Date.now)()
    this.db
      .prepare('insert into trace (id, hash, name, ops, header, strings, importedAtWallMs) values (?, ?, ?, ?, ?, ?, ?)')
      .run(id, hash, stored, opCount, JSON.stringify(header), JSON.stringify(strings), wallMs)
    staged.copyTo(id)
    keepSum(this.db, 'trace', id)
    return { hash, name: stored, otherNames: [], ops: opCount, existed: false, header }
  }

  /** Gives a trace another header, in one transaction; its ops stay. What a header says decides what a replay means, so that the
   *  content hash changes with it, and cells replayed before are another trace's. Throws `UsageFault`: unknown, or that content
   *  is stored already; `BadInput` (damaged). */
  async revise(ref: string, change: (header: TraceHeader) => TraceHeader): Promise<{ readonly before: string; readonly hash: string; readonly header: TraceHeader }> {
    return this.writing(() => {
      const head = this.head(ref)
      loadTrace(this.db, head) // nothing damaged gets a hash that fits it
      const header = change(head.header)
      const hash = hashOfStored(this.db, head, header)
      const other = this.db.prepare('select name from trace where hash = ? and id <> ?').pluck().get(hash, head.id) as string | undefined
      if (other !== undefined) throw new UsageFault(`the same content with these words is stored already, as ${quoteFound(other)}`, `use that one, or remove it first: worldswitch traces remove ${other}`)
      this.db.prepare('update trace set hash = ?, header = ? where id = ?').run(hash, JSON.stringify(header), head.id)
      keepSum(this.db, 'trace', head.id)
      return { before: head.hash, hash, header }
    })
  }

  /** Removes all of these traces, or none where one is unknown; of one that has other names, the name alone. */
  async remove(refs: readonly string[]): Promise<Removed<TraceEntry>[]> {
    return this.writing(() => removeNamed(this.db, 'trace', refs.map((ref) => ({ ref, entry: this.find(ref) }))))
  }

  /** Takes over cells and studies of the store at `path`, all or none. What is there is not trusted (docs/studies.md). Throws
   *  `BadInput`: no store, one whose schema or values are not ours, or one that contradicts. */
  async merge(path: string): Promise<Merged> {
    const other = connectForeign(path)
    try {
      checkForeign(other) // before others have to wait for it
      const from: MergedFrom = { file: path, hash: hashOfFile(other), atWallMs: (this.options.wallClockMs ?? Date.now)() }
      return await this.writing(() => mergeInto(this.db, other, from))
    } finally {
      other.close()
    }
  }

  private head(ref: string): TraceHead {
    const { id, hash, name, ops } = this.find(ref)
    if (!isWhole(this.db, 'trace', id)) throw damaged(this.db, { id, name, ops }, 'header', 'what was written', 'other bytes (its checksum differs)')
    const row = this.db.prepare('select header, strings from trace where id = ?').get(id) as { header: string; strings: string }
    try {
      const header = { ...(JSON.parse(row.header) as TraceHeader), name }
      return { id, hash, name, ops, header, strings: JSON.parse(row.strings) as string[] }
    } catch {
      throw damaged(this.db, { id, name, ops }, 'header', 'JSON', row.header)
    }
  }

  private reading<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw storeFault(this.path, error)
    }
  }

  /** One transaction, after those before it. */
  private writing<T>(work: () => T | Promise<T>): Promise<T> {
    return this.inTurn(() => this.transaction(work))
  }

  /** After what was asked before: an `await` inside must not let another write slip into a transaction. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(async () => {
      try {
        return await work()
      } catch (error) {
        throw storeFault(this.path, error)
      }
    })
    this.turn = mine.catch(() => {})
    return mine
  }

  private async transaction<T>(work: () => T | Promise<T>): Promise<T> {
    this.holdWritable()
    await beginWriting(this.db, this.options.waitMs ?? WRITE_WAIT_MS)
    try {
      const result = await work()
      if (this.db.inTransaction) this.db.exec('commit')
      return result
    } catch (error) {
      if (this.db.open && this.db.inTransaction) this.db.exec('rollback')
      throw error
    }
  }

  private holdWritable(): void {
    if (this.options.readonly === true) throw new BrokenLaw('a store opened for reading was asked to write')
    if (this.db.readonly) throw new Database.SqliteError('the store may only be read', 'SQLITE_READONLY')
  }
}
