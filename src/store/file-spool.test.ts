import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fileSpools } from './file-spool.js'
import { memorySpool, type MakeSpool } from '../trace/spool.js'

const spools = suite('spools')

const rowsOf = (make: MakeSpool, width: number, keys: number, rows: readonly (readonly number[])[]): number[][][] => {
  const spool = make(width, keys)
  for (const row of rows) {
    spool.row.set(row)
    spool.add()
  }
  assert.is(spool.length, rows.length)
  const passes = [0, 1].map(() => {
    const read: number[][] = []
    for (const sorted = spool.sorted(); sorted.next();) read.push([...sorted.data.subarray(sorted.at, sorted.at + width)])
    return read
  })
  spool.close()
  return passes
}

/** Array.sort is stable: ties stay in order. */
const expected = (rows: readonly (readonly number[])[], keys: number): number[][] =>
  rows
    .map((row) => [...row])
    .sort((a, b) => {
      for (let key = 0; key < keys; key++) if (a[key] !== b[key]) return a[key]! - b[key]!
      return 0
    })

/** Rows in order, or taken by turns from three sequences in order. */
function shaped(rows: readonly (readonly number[])[], shape: string): readonly (readonly number[])[] {
  if (shape === 'any') return rows
  const sorted = expected(rows, 1)
  if (shape === 'nearly sorted') return sorted
  const parts = [0, 1, 2].map((part) => sorted.filter((_, i) => (i * 7919) % 3 === part))
  return sorted.flatMap((_, i) => parts.flatMap((part) => part.slice(i, i + 1)))
}

const table = fc.record({
  width: fc.integer({ min: 2, max: 5 }),
  keys: fc.integer({ min: 1, max: 2 }),
  rows: fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -2, max: 2 }), fc.nat(9), fc.nat(9), fc.nat(9)), {
    maxLength: 400,
  }),
  shape: fc.constantFrom('any', 'nearly sorted', 'sequences that alternate'),
})

for (const [label, bufferBytes] of [
  ['in memory', undefined],
  ['in files, many runs', 700],
  ['in files that are never needed', 1 << 20],
] as const)
  spools(`rows come back in order of their keys, ties as they came, twice: ${label}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'worldswitch-test-'))
    const files = fileSpools({ folder, ...(bufferBytes === undefined ? {} : { bufferBytes }) })
    try {
      fc.assert(
        fc.property(table, ({ width, keys, rows, shape }) => {
          const given = shaped(rows, shape).map((row) => row.slice(0, width))
          const [first, again] = rowsOf(bufferBytes === undefined ? memorySpool : files.spool, width, keys, given)
          assert.equal(first, expected(given, keys))
          assert.equal(again, first)
        }),
        { numRuns: 120 },
      )
    } finally {
      files.close()
      assert.equal(readdirSync(folder), [])
      rmSync(folder, { recursive: true })
    }
  })

spools('closing the files leaves nothing behind, open spools included', () => {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-test-'))
  const files = fileSpools({ folder, bufferBytes: 1024 })
  const spool = files.spool(2, 1)
  for (let i = 0; i < 5000; i++) {
    spool.row[0] = -i
    spool.add()
  }
  files.close()
  assert.equal(readdirSync(folder), [])
  rmSync(folder, { recursive: true })
})

spools.run()
