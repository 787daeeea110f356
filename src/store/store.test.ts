import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { fillSample, hostileTexts, sampleTrace } from '../testing/sample-trace.js'
import { collectTrace } from '../trace/collect.js'
import type { RuleSet, Trace } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames } from '../trace/words.js'
import { CHUNK_OPS, opFields, type HeaderFacts, type TraceWriter } from '../trace/writer.js'
import { findEntry } from './find.js'
import { groupFields } from './group-by.js'
import { openStore, type Store } from './store.js'

const stores = suite<{ folder: string; store: Store }>('store')
stores.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-store-'))
  context.store = openStore(join(context.folder, 'a.db'), { wallClockMs: () => 1_700_000_000_000 })
})
stores.after.each(({ folder, store }) => {
  store.close()
  rmSync(folder, { recursive: true })
})

function assertSameTrace(found: Trace, expected: Trace): void {
  assert.is(found.hash, expected.hash)
  assert.equal({ ...found.header, name: '' }, { ...expected.header, name: '' })
  assert.equal(found.strings, expected.strings)
  for (const field of opFields) assert.equal(found.ops[field], expected.ops[field], field)
  assert.equal(found.after, expected.after)
}

/** Any ops whose every column takes any value it may hold. */
const anyTrace = fc
  .record({
    strings: fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileTexts)), { minLength: 1, maxLength: 5 }),
    ops: fc.array(
      fc.record({
        words: fc.tuple(...[opKinds, phases, dataTypes, processorNames].map((list) => fc.nat(list.length - 1))),
        small: fc.tuple(fc.nat(2), fc.nat(1), fc.nat(4), fc.nat(4), fc.integer({ min: -1, max: 1 })),
        sizes: fc.tuple(fc.nat(0xffffffff), fc.integer({ min: -1, max: 0x7fffffff }), fc.nat(0xffffffff), fc.nat(0xffffffff)),
        wide: fc.array(fc.oneof(fc.maxSafeNat(), fc.nat(1000)), { minLength: 4, maxLength: 4 }),
        after: fc.array(fc.nat(40), { maxLength: 3 }),
        rules: fc.constantFrom<RuleSet>({}, { phase: 'a' }, { phase: 'a', bytes: hostileTexts[0]! }),
      }),
      { maxLength: 60 },
    ),
  })
  .map(({ strings, ops }) => (writer: TraceWriter): HeaderFacts => {
    for (const [number, one] of ops.entries()) {
      const i = writer.push()
      const { op } = writer
      ;[op.kind[i], op.phase[i], op.dataType[i], op.processor[i]] = one.words as [number, number, number, number]
      ;[op.lane[i], op.request[i]] = one.small
      op.type[i] = writer.intern(strings[one.small[2] % strings.length]!)
      op.name[i] = writer.intern(strings[one.small[3] % strings.length]!)
      op.tensor[i] = one.small[4]
      ;[op.step[i], op.layer[i], op.m[i], op.n[i]] = one.sizes
      ;[op.startNs[i], op.durationNs[i], op.flops[i], op.bytes[i]] = one.wide as [number, number, number, number]
      op.rules[i] = writer.ruleSet(one.rules)
      for (const back of one.after) if (back > 0 && back <= number) writer.waitsFor(number - back)
    }
    return {
      ...sampleTrace({ ops: 0 }).header,
      name: strings[0]!,
      lanes: ['a', 'b', strings[0]!],
    }
  })

stores('any trace comes back as it was collected', async ({ store }) => {
  await fc.assert(
    fc.asyncProperty(anyTrace, async (fill) => {
      const { writer, finish } = collectTrace()
      const expected = finish(fill(writer))
      const { hash, ops } = await store.importTrace(undefined, fill)
      assert.is(hash, expected.hash)
      assert.is(ops, expected.ops.length)
      assertSameTrace(store.load(hash), expected)
    }),
    { numRuns: 60 },
  )
})

stores('a trace of several chunks comes back whole, by name, by hash and by column', async ({ store }) => {
  const options = { ops: 2 * CHUNK_OPS + 77, seed: 7 }
  const expected = sampleTrace(options)
  const imported = await store.importTrace('three chunks', (writer) => fillSample(writer, options))
  assert.equal(store.list(), [
    { id: 1, hash: expected.hash, name: 'three chunks', otherNames: [], ops: options.ops, importedAtWallMs: 1_700_000_000_000 },
  ])
  for (const ref of ['three chunks', imported.hash, imported.hash.slice(0, 4).toUpperCase()])
    assertSameTrace(store.load(ref), expected)
  const { columns, header } = store.loadColumns('three chunks', ['startNs', 'kind'])
  assert.equal(columns, { startNs: expected.ops.startNs, kind: expected.ops.kind })
  assert.is(header.name, 'three chunks')
})

stores('groups are what a loop over the loaded trace gives, for every column', async ({ store }) => {
  const { hash } = await store.importTrace('g', (writer) => fillSample(writer, { ops: CHUNK_OPS + 500 }))
  const { ops } = store.load(hash)
  for (const by of groupFields) {
    const slow = new Map<number, { ops: number; durationNs: number; bytes: number }>()
    for (let i = 0; i < ops.length; i++) {
      const found = slow.get(ops[by][i]!) ?? { ops: 0, durationNs: 0, bytes: 0 }
      slow.set(ops[by][i]!, {
        ops: found.ops + 1,
        durationNs: found.durationNs + ops.durationNs[i]!,
        bytes: found.bytes + ops.bytes[i]!,
      })
    }
    const expected = [...slow.entries()].sort(([a], [b]) => a - b).map(([index, sums]) => ({ index, ...sums }))
    const found = store.groupBy(hash, by, ['durationNs', 'bytes'])
    assert.equal(
      found.map(({ value: _value, ...rest }) => rest),
      expected,
      by,
    )
  }
  assert.equal(
    store.groupBy(hash, 'phase', []).map(({ value }) => value),
    ['prefill', 'decode'],
  )
  assert.equal(
    store.groupBy(hash, 'tensor', []).map(({ value }) => value),
    [null, 'w0', 'w1', 'w2', 'w3'],
  )
})

stores('a column that is nearly a key is grouped too', async ({ store }) => {
  const steps = [0, 5, 1 << 20, 0xffffffff, 5, 0xffffffff]
  const { hash } = await store.importTrace('keys', (writer) => {
    const facts = fillSample(writer, { ops: 0 })
    for (const step of steps) writer.op.step[writer.push()] = step
    return facts
  })
  const found = store.groupBy(hash, 'step', []).map(({ index, ops }) => [index, ops])
  assert.equal(found, [
    [0, 1],
    [5, 2],
    [1 << 20, 1],
    [0xffffffff, 2],
  ])
})

stores('what was inferred is said by field and rule', async ({ store }) => {
  const { hash } = await store.importTrace('i', (writer) => fillSample(writer, { ops: 3000 }))
  const { ops, header } = store.load(hash)
  const withBytes = ops.rules.filter((r) => header.ruleSets[r]!['bytes'] !== undefined).length
  const withPhase = ops.rules.filter((r) => header.ruleSets[r]!['phase'] !== undefined).length
  assert.equal(store.inferred(hash), [
    { field: 'bytes', rule: 'shape', ops: withBytes, share: withBytes / 3000 },
    { field: 'phase', rule: 'sequence-length', ops: withPhase, share: withPhase / 3000 },
  ])
})

stores('the same content is stored once, and found by every name that it was given', async ({ store, folder }) => {
  const first = await store.importTrace('first', (writer) => fillSample(writer))
  const again = await store.importTrace('second', (writer) => fillSample(writer, { name: 'another name' }))
  assert.is(first.existed, false)
  assert.is(again.existed, true)
  assert.equal([again.name, again.otherNames], ['second', ['first']])
  assert.is(again.hash, first.hash)
  assert.equal(store.list().map(({ name, otherNames }) => [name, otherNames]), [['first', ['second']]])
  assert.is(store.load('second').header.name, 'second')
  assert.is(store.header('first').name, 'first')
  assert.is((await store.importTrace(undefined, (writer) => fillSample(writer))).name, 'first')
  assert.is((await store.importTrace('second', (writer) => fillSample(writer))).name, 'second')
  assert.is((await store.importTrace('second', (writer) => fillSample(writer, { seed: 2 }))).name, 'second-2', 'a name of other content')
  await store.remove(['second-2'])
  assert.is(new Database(join(folder, 'a.db')).prepare('select count(*) from chunk').pluck().get(), 1)
})

stores('a name is removed by itself, the content with its last one, or by its hash', async ({ store, folder }) => {
  const add = (name: string): Promise<unknown> => store.importTrace(name, (writer) => fillSample(writer))
  const names = (): unknown[] => store.list().map(({ name, otherNames }) => [name, ...otherNames])
  const { hash } = await store.importTrace('a', (writer) => fillSample(writer))
  await add('b')
  await add('c')
  assert.equal((await store.remove(['a'])).map(({ name, staysAs }) => [name, staysAs]), [['a', ['b', 'c']]])
  assert.equal([names(), store.find('c').hash], [[['b', 'c']], hash])
  assert.throws(() => store.find('a'), /no stored trace is called "a"/)
  await add('a')
  assert.equal((await store.remove(['c', 'b'])).map(({ name, staysAs }) => [name, staysAs]), [['c', ['a']], ['b', ['a']]])
  await add('b')
  try {
    await store.remove(['b', 'unknown'])
    assert.unreachable()
  } catch (error) {
    assert.instance(error, UsageFault)
  }
  assert.equal(names(), [['a', 'b']])
  assert.equal((await store.remove([hash.slice(0, 8)])).map(({ staysAs }) => staysAs), [[]])
  await add('a')
  await add('b')
  await store.remove(['a', 'b'])
  assert.equal(names(), [])
  const db = new Database(join(folder, 'a.db'))
  for (const table of ['trace', 'chunk', 'other_name']) assert.is(db.prepare(`select count(*) from ${table}`).pluck().get(), 0, table)
  db.close()
})

stores('two contents never share a name; names are cleaned of what no terminal shows', async ({ store }) => {
  for (const [seed, name, stored] of [
    [1, 'run', 'run'],
    [2, 'run', 'run-2'],
    [3, 'run', 'run-3'],
    [4, ' two\nlines\u202e ', 'two_lines_'],
    [5, '', 'sample'],
    [6, hostileTexts[0], hostileTexts[0]],
    [7, hostileTexts[1], hostileTexts[1]],
    [8, '\ud800', '_'],
    [9, 'x'.repeat(500), 'x'.repeat(120)],
  ] as const) {
    const imported = await store.importTrace(name, (writer) => fillSample(writer, { seed }))
    assert.is(imported.name, stored)
    assert.is(store.load(stored!).header.name, stored)
    if (name !== '' && name !== 'run') assert.is(store.find(name!).name, stored)
  }
})

stores('an unknown or ambiguous name is refused with what may have been meant', async ({ store }) => {
  assert.throws(() => store.find('x'), /no stored trace is called "x"; the store is empty/)
  await store.importTrace('decode-8b', (writer) => fillSample(writer))
  assert.throws(
    () => store.find('decode-8c'),
    (error: unknown) => error instanceof UsageFault && /did you mean "decode-8b"\?/.test(error.message),
  )
  for (const ref of ['abc', 'decode', '', "'; drop table trace;--"])
    assert.throws(
      () => store.find(ref),
      (error: unknown) => error instanceof UsageFault,
      ref,
    )
  const { hash } = await store.importTrace('dead', (writer) => fillSample(writer, { seed: 2 }))
  assert.is(store.find('dead').hash, hash, 'a name goes before a prefix')
  const alike = [
    { name: 'a', hash: 'beef01' },
    { name: 'b', hash: 'beef02' },
  ]
  assert.throws(() => findEntry(alike, 'beef'), /several stored traces begin with "beef": a \(beef01\), b \(beef02\)/)
  assert.is(findEntry(alike, 'BEEF02').name, 'b')
})

stores.run()
