import type Database from 'better-sqlite3'
import type { OpChunk } from '../trace/writer.js'
import { blobSum, summedFields } from './checksums.js'
import { chunkFields } from './chunks.js'

const columns = ['number', 'ops', ...chunkFields].join(', ')

/** Chunks of a trace on their way into a store. They lie in SQLite's temporary database, a file of this connection that has no name
 *  and is gone with the process, so that the store can be written by others while a trace is read; they are copied at the end. */
export class StagedChunks {
  private readonly insert: Database.Statement

  constructor(private readonly db: Database.Database) {
    db.exec(`drop table if exists temp.staged; create temp table staged (number integer primary key, ops integer not null, sum text not null, ${chunkFields.map((field) => `${field} blob not null`).join(', ')})`)
    this.insert = db.prepare(`insert into temp.staged (${columns}, sum) values (?, ?, ${chunkFields.map(() => '?').join(', ')}, ?)`)
  }

  add(chunk: OpChunk): void {
    this.insert.run(chunk.number, chunk.ops.length, ...chunkFields.map((field) => chunk.encoded[field]), summedFields.map((field) => blobSum(chunk.encoded[field])).join(''))
  }

  /** Into the store, as those of trace number `id`; within the caller's transaction. */
  copyTo(id: number): void {
    this.db.prepare(`insert into main.chunk (trace, ${columns}) select ?, ${columns} from temp.staged order by number`).run(id)
    this.db.prepare(`insert into main.checksum (what, id, sum) select 'chunk', cast(? as integer) || '/' || number, sum from temp.staged`).run(id)
  }

  /** Gives back what they took. */
  clear(): void {
    if (this.db.open) this.db.exec('drop table if exists temp.staged')
  }
}
