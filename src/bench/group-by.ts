/** Durations by kind over 2 M ops: our own aggregate over column blobs, SQL over the virtual table (asked once, and
 *  kept as a temporary table), and the `sqlite3` command on a plain table with a row an op and words in it (its
 *  process start included; `node` is running already). `node bin/bench.js group-by`;
 *  WORLDSWITCH_BENCH_OPS sets the size. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { PAGE_BYTES } from '../store/migrations.js'
import { openQuery } from '../store/query.js'
import { openStore } from '../store/store.js'
import { fillSample } from '../testing/sample-trace.js'
import { pairs } from './pairs.js'

const sql = 'select kind, sum(durationNs) as ns from op group by kind order by kind'
const rowsSql = `select json_group_array(json_array(kind, ns)) from (${sql})`

export async function run(ops = Number(process.env['WORLDSWITCH_BENCH_OPS'] ?? 2_000_000)): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    const path = join(folder, 'a.db')
    const plain = join(folder, 'plain.db')
    const store = openStore(path)
    await store.importTrace('bench', (writer) => fillSample(writer, { ops }))
    copyPlain(path, plain)

    console.log(`group-by: sum of durations by kind over ${ops} ops`)
    const own = () => store.groupBy('bench', 'kind')
    const expected = JSON.stringify(
      own()
        .map(({ value, durationNs }) => [value, durationNs])
        .sort(),
    )
    const query = openQuery(path)
    const throughSql = () =>
      hold(
        expected,
        query.all(sql).map((row) => [row['kind'], row['ns']]),
      )
    const kept = openQuery(path)
    const beganMs = performance.now()
    kept.keep(['kind', 'durationNs'])
    console.log(`  keeping both columns as a temporary table: ${(performance.now() - beganMs).toFixed(0)} ms, once (single)`)
    const throughKept = () =>
      hold(
        expected,
        kept.all(sql).map((row) => [row['kind'], row['ns']]),
      )
    await pairs('op, virtual', throughSql, 'own aggregate', own)
    await pairs('op, kept', throughKept, 'own aggregate', own)
    if (hasSqlite3()) {
      const command = () => hold(expected, JSON.parse(execFileSync('sqlite3', [plain, rowsSql]).toString()) as unknown[])
      await pairs('sqlite3', command, 'own aggregate', own)
      await pairs('sqlite3', command, 'op, virtual', throughSql)
      await pairs('sqlite3', command, 'op, kept', throughKept)
    } else console.log('  skipped: no sqlite3 command on this machine')
    query.close()
    kept.close()
    store.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Ordered by kind, every side must have found the same. */
function hold(expected: string, found: unknown[]): void {
  if (JSON.stringify(found) !== expected) throw new Error('the sides disagree')
}

function copyPlain(path: string, plain: string): void {
  const db = new Database(plain)
  db.pragma(`page_size = ${PAGE_BYTES}`)
  db.exec('create table op (kind text, durationNs integer)')
  const insert = db.prepare('insert into op values (?, ?)')
  const query = openQuery(path)
  db.transaction(() => {
    for (const row of query.ask('select kind, durationNs from op').rows) insert.run(...row)
  })()
  query.close()
  db.close()
}

function hasSqlite3(): boolean {
  try {
    execFileSync('sqlite3', ['--version'])
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false
    throw error
  }
}
