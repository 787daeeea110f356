/** The chunk store against a row store (a row an op, a prepared insert in one transaction, the same pages), both
 *  ways. `node bin/bench.js store`; WORLDSWITCH_BENCH_OPS sets
 *  the size. Both sides get the same ops from the same columns in memory.
 *  In: the chunk side is all of an import (filling the writer, encoding, content hash, dependencies, commit); the row
 *  side is inserts alone: no hash and no dependencies. Out: whole columns in memory on both sides; the chunk side has
 *  the dependencies and the check against the hash on top. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { PAGE_BYTES } from '../store/migrations.js'
import { openStore } from '../store/store.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { allocateColumns } from '../trace/columns.js'
import { opColumns, type Trace } from '../trace/trace.js'
import { opFields, type HeaderFacts, type TraceWriter } from '../trace/writer.js'
import { pairs } from './pairs.js'

/** The writer's and the decoder's loops are compiled by then: what is compared is a large trace, not a first second. */
const warm = { warmUp: 4 }

export async function run(ops = Number(process.env['WORLDSWITCH_BENCH_OPS'] ?? 500_000)): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    await compareStores(sampleTrace({ ops }), folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function compareStores(trace: Trace, folder: string): Promise<void> {
  const ops = trace.ops.length
  console.log(`store: ${ops} ops of ${opFields.length} columns, WAL, synchronous normal, pages of ${PAGE_BYTES} bytes`)
  let fresh = 0
  const newPath = () => join(folder, `${fresh++}.db`)
  const chunkPath = newPath()
  const rowPath = newPath()
  await chunksIn(chunkPath, trace)
  rowsIn(rowPath, trace)

  console.log('in:')
  await pairs(
    'rows',
    () => removed(newPath(), (path) => rowsIn(path, trace)),
    'chunks',
    () => removed(newPath(), (path) => chunksIn(path, trace)),
    warm,
  )
  console.log('out, as columns:')
  await pairs(
    'rows',
    () => rowsOut(rowPath, ops),
    'chunks',
    () => chunksOut(chunkPath, ops),
  )
  const bytesAnOp = (path: string) => (statSync(path).size / ops).toFixed(1)
  console.log(`on disk: rows ${bytesAnOp(rowPath)}, chunks ${bytesAnOp(chunkPath)} bytes an op`)
}

async function removed(path: string, work: (path: string) => unknown): Promise<void> {
  await work(path)
  rmSync(path)
}

async function chunksIn(path: string, trace: Trace): Promise<void> {
  const store = openStore(path)
  await store.importTrace('bench', (writer) => refill(writer, trace))
  store.close() // moves the journal into the file: counted on both sides
}

function refill(writer: TraceWriter, trace: Trace): HeaderFacts {
  const { ops: from, after, strings, header } = trace
  for (const text of strings) writer.intern(text)
  for (const rules of header.ruleSets) writer.ruleSet(rules)
  const { op } = writer
  for (let o = 0; o < from.length; o++) {
    const i = writer.push()
    op.kind[i] = from.kind[o]!
    op.phase[i] = from.phase[o]!
    op.dataType[i] = from.dataType[o]!
    op.processor[i] = from.processor[o]!
    op.lane[i] = from.lane[o]!
    op.request[i] = from.request[o]!
    op.step[i] = from.step[o]!
    op.layer[i] = from.layer[o]!
    op.type[i] = from.type[o]!
    op.name[i] = from.name[o]!
    op.tensor[i] = from.tensor[o]!
    op.m[i] = from.m[o]!
    op.n[i] = from.n[o]!
    op.k[i] = from.k[o]!
    op.startNs[i] = from.startNs[o]!
    op.durationNs[i] = from.durationNs[o]!
    op.flops[i] = from.flops[o]!
    op.bytes[i] = from.bytes[o]!
    op.rules[i] = from.rules[o]!
    for (let e = after.first[o]!; e < after.first[o + 1]!; e++) writer.waitsFor(after.to[e]!)
  }
  return header
}

function rowsIn(path: string, { ops: from }: Trace): void {
  const db = new Database(path)
  db.pragma(`page_size = ${PAGE_BYTES}`)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = normal')
  db.exec(`create table op (id integer primary key, ${opFields.map((field) => `${field} integer`).join(', ')})`)
  const insert = db.prepare(`insert into op (${opFields.join(', ')}) values (${opFields.map(() => '?').join(', ')})`)
  const columns = oneType(from)
  db.transaction(() => {
    const row = columns.map(() => 0)
    for (let o = 0; o < from.length; o++) {
      for (let c = 0; c < row.length; c++) row[c] = columns[c]![o]!
      insert.run(row)
    }
  })()
  db.close()
}

function chunksOut(path: string, length: number): void {
  const store = openStore(path)
  const { ops: found } = store.load('bench')
  if (found.length !== length) throw new Error('ops are missing')
  store.close()
}

function rowsOut(path: string, length: number): void {
  const db = new Database(path, { readonly: true })
  const whole = allocateColumns(opColumns, length)
  const columns = opFields.map(() => new Float64Array(length))
  let o = 0
  for (const row of db
    .prepare(`select ${opFields.join(', ')} from op order by id`)
    .raw()
    .iterate() as IterableIterator<number[]>) {
    for (let c = 0; c < columns.length; c++) columns[c]![o] = row[c]!
    o++
  }
  if (o !== length) throw new Error('ops are missing')
  for (const [c, field] of opFields.entries()) whole[field].set(columns[c]!)
  db.close()
}

/** A loop over five types of typed array is several times slower: the row side must not pay for that. */
function oneType(from: Trace['ops']): Float64Array[] {
  return opFields.map((field) => Float64Array.from(from[field]))
}
