import type Database from 'better-sqlite3'
import { canonicalJson } from '../base/canonical.js'
import { allocateColumns, tableOf, type Column } from '../trace/columns.js'
import { opColumns, type Edges, type OpField, type OpTable, type Trace, type TraceHeader } from '../trace/trace.js'
import { opFields } from '../trace/writer.js'
import { chunkFields, damaged, decodeBlob, storedChunks, type ChunkOwner } from './chunks.js'
import { nativeContentHash } from './content-hash.js'
import { wordLists } from './op-words.js'

/** A stored trace without its ops. */
export interface TraceHead extends ChunkOwner {
  readonly hash: string
  /** `name` is the stored one. */
  readonly header: TraceHeader
  readonly strings: readonly string[]
}

/** A whole trace, held against its content hash: what was damaged on disk never reaches a replay. Indices are held
 *  against their lists as well, since a forged store can have any hash. */
export function loadTrace(db: Database.Database, head: TraceHead): Trace {
  const whole = allocateColumns(opColumns, head.ops)
  const lists = wordLists(head.header, head.strings)
  const first = new Uint32Array(head.ops + 1)
  const backs: Uint32Array[] = []
  const hash = nativeContentHash()
  let edge = 0
  for (const { base, length, blobs } of storedChunks(db, head, chunkFields, true)) {
    for (const blob of blobs) hash.add(blob)
    for (const [f, field] of opFields.entries())
      whole[field].set(decodeBlob(db, head, field, blobs[f]!, length, lists[field]), base)
    const count = decodeBlob(db, head, 'afterCount', blobs[opFields.length]!, length)
    const before = edge
    for (let i = 0; i < length; i++) first[base + i + 1] = edge += count[i]!
    backs.push(Uint32Array.from(decodeBlob(db, head, 'afterBack', blobs[opFields.length + 1]!, edge - before)))
  }
  hash.addText(canonicalJson({ ...head.header, name: '', strings: head.strings }))
  const found = hash.digest()
  if (found !== head.hash) throw damaged(db, head, 'content', `the hash ${head.hash.slice(0, 12)}…`, `${found.slice(0, 12)}…`)
  const after = edgesOf(db, head, first, backs)
  return { header: head.header, strings: head.strings, ops: tableOf(whole, head.ops), after, hash: head.hash }
}

/** The content hash that stored ops have under `header`. */
export function hashOfStored(db: Database.Database, head: TraceHead, header: TraceHeader): string {
  const hash = nativeContentHash()
  for (const { blobs } of storedChunks(db, head, chunkFields, true)) for (const blob of blobs) hash.add(blob)
  hash.addText(canonicalJson({ ...header, name: '', strings: head.strings }))
  return hash.digest()
}

/** Only these columns, decoded; nothing else of the chunks is. Not held against the content hash. */
export function loadOpColumns<F extends OpField>(db: Database.Database, head: TraceHead, fields: readonly F[]): Pick<OpTable, F> {
  const lists = wordLists(head.header, head.strings)
  const columns: Partial<Record<OpField, Column>> = {}
  for (const field of fields) columns[field] = new opColumns[field](head.ops)
  for (const { base, length, blobs } of storedChunks(db, head, fields))
    for (const [f, field] of fields.entries())
      columns[field]!.set(decodeBlob(db, head, field, blobs[f]!, length, lists[field]), base)
  return columns as Pick<OpTable, F>
}

/** Distances back as absolute dependencies. */
function edgesOf(db: Database.Database, head: TraceHead, first: Uint32Array, backs: readonly Uint32Array[]): Edges {
  const to = new Uint32Array(first[head.ops]!)
  let edge = 0
  let op = 0
  for (const back of backs)
    for (let i = 0; i < back.length; i++, edge++) {
      while (first[op + 1]! <= edge) op++
      if (back[i]! === 0 || back[i]! > op) throw damaged(db, head, `op ${op}`, 'dependencies on earlier ops', -back[i]!)
      to[edge] = op - back[i]!
    }
  return { first, to }
}
