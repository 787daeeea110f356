import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalJson } from '../base/canonical.js'
import { BadInput } from '../base/errors.js'
import { EventScanner } from './event-scanner.js'
import { JsonScan } from './json-bytes.js'
import { ABSENT, ESCAPED, NUMBER, TEXT } from './json-kinds.js'
import { decodeString } from './json-text.js'
import { KeyTable } from './key-table.js'

const scanning = suite('json scan')

const names = ['cat', 'name', 'ts', 'args', 'ph']
const argNames = ['op', 'shape', 'cat', 'größe']
const ARGS = 3
const FIRST_ARG = names.length

interface Seen {
  readonly values: Record<string, unknown>
}

/** The values that the scanner finds, parsed one by one. */
function scan(
  text: string,
  cuts: readonly number[],
): { events: Seen[]; facts: Record<string, unknown>; cut: string | undefined } {
  const keys = new KeyTable(names, 0, ARGS, new KeyTable(argNames, FIRST_ARG))
  const events: Seen[] = []
  const facts = Object.create(null) as Record<string, unknown> // a key may be __proto__
  const scanned = new JsonScan(FIRST_ARG + argNames.length)
  const scanner = new EventScanner('test', scanned, keys, {
    onEvent({ buf, kind, from, to }) {
      const values: Record<string, unknown> = {}
      for (const [slot, name] of [...names, ...argNames.map((arg) => `args.${arg}`)].entries()) {
        if (kind[slot] === ABSENT) continue
        const raw = decodeString(buf, from[slot]!, to[slot]!, false)!
        values[name] =
          kind[slot] === TEXT || kind[slot] === ESCAPED
            ? decodeString(buf, from[slot]!, to[slot]!, kind[slot] === ESCAPED)
            : JSON.parse(raw)
        if (kind[slot] === NUMBER) assert.type(values[name], 'number')
      }
      events.push({ values })
    },
    onFact: (key, json) => void (facts[key] = JSON.parse(json)),
  })
  const bytes = new TextEncoder().encode(text)
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    const to = Math.max(from, Math.min(cut, bytes.length))
    scanner.feed(bytes.subarray(from, to))
    from = to
  }
  return { events, facts, cut: scanner.finish().cut }
}

/** What JSON.parse finds of the wanted keys. */
function expected(event: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of names) {
    if (!Object.hasOwn(event, name)) continue
    const value = event[name]
    if (name === 'args' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const arg of argNames) if (Object.hasOwn(value, arg)) values[`args.${arg}`] = (value as Record<string, unknown>)[arg]
    } else values[name] = value
  }
  return values
}

const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 12, maxLength: 60 }),
  fc.string({ minLength: 12, maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('a"b', '\\', '}{][', '\u0000', 'größe 語', '\ud800', '"cat":"Node"'),
)
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.constantFrom(true, false, null),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
)
const key = (own: readonly string[]) => fc.oneof(fc.constantFrom(...own), text)
const args = fc.dictionary(key(argNames), value, { maxKeys: 6 })
const event = fc.dictionary(key(names), fc.oneof({ weight: 2, arbitrary: value }, args), { maxKeys: 8 })
const cuts = fc.array(fc.nat(600), { maxLength: 12 }).map((at) => [...at].sort((a, b) => a - b))
const json = (value_: unknown, indent: number) => JSON.stringify(value_, null, indent)
const sameAs = (a: unknown, b: unknown) => assert.is(canonicalJson(a), canonicalJson(b))

scanning('any events, cut anywhere, hold what JSON.parse finds in them', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), cuts, fc.constantFrom(0, 2), (events, at, indent) => {
      const { events: seen, cut } = scan(json(events, indent), at)
      assert.is(cut, undefined)
      sameAs(
        seen.map(({ values }) => values),
        events.map((one) => expected(JSON.parse(JSON.stringify(one)) as Record<string, unknown>)),
      )
    }),
    { numRuns: 400 },
  )
})

scanning('an object gives its events and what stands beside them', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter(
          (k) => k !== 'traceEvents' && !['cat', 'name', 'ph', 'ts', 'dur', 'pid', 'tid', 'args', 'id', 'bp', 's'].includes(k),
        ),
        value,
      ),
      fc.array(event, { maxLength: 3 }),
      cuts,
      (beside, events, at) => {
        const whole = JSON.stringify({ schemaVersion: 1, ...beside, traceEvents: events, last: 'x' })
        const { events: seen, facts } = scan(whole, at)
        assert.is(seen.length, events.length)
        const parsed = JSON.parse(whole) as Record<string, unknown>
        delete parsed['traceEvents']
        assert.is(Object.keys(facts).length, Object.keys(parsed).length)
        for (const [name, found] of Object.entries(parsed)) sameAs(facts[name], found)
      },
    ),
    { numRuns: 150 },
  )
})

scanning('bare events with commas, a trailing comma, a byte order mark and backticks', () => {
  assert.is(scan('{"cat":"a"},\n{"cat":"b"},', []).events.length, 2)
  assert.is(scan('\ufeff[{"cat":"a"},]', []).events.length, 1)
  assert.is(scan('```\n{"cat":"a"},\n```', []).events.length, 1)
  assert.is(scan('[]', []).cut, undefined)
})

scanning('a file that stops in the middle says what was cut', () => {
  assert.is(scan('[{"cat":"a"},{"cat":"b', []).cut, 'an event')
  assert.is(scan('[{"cat":"a"},', []).cut, 'the list of events')
  assert.is(scan('{"schemaVersion":1,"traceEvents":[{"cat":"a"}]', []).cut, 'the object')
})

scanning('what is no JSON is refused with its byte', () => {
  const byteOf = (bad: string) => {
    try {
      scan(bad, [])
    } catch (error) {
      if (error instanceof BadInput) return error.place.byteOffset
      throw error
    }
    return undefined
  }
  assert.is(byteOf('[{"cat" "a"}]'), 8)
  assert.is(byteOf('[{"cat":"a"} {"cat":"b"}]'), 13)
  assert.is(byteOf('[{"cat":nothing}]'), 8)
  assert.is(byteOf('[{"cat":[1}]'), 10)
  assert.is(byteOf('[1]'), 1)
  assert.is(byteOf('[{"cat":"a"}] x'), 14)
  assert.is(byteOf(`[{"cat":"${'x'.repeat(5 << 20)}`), 1)
  assert.is(byteOf(`[{"x":${'['.repeat(300)}`), 262)
  assert.is(byteOf('   '), 3)
})

scanning('keys that share a hash place are told apart', () => {
  const many = Array.from({ length: 60 }, (_, i) => `key${i}`)
  const table = new KeyTable(many, 5)
  const encode = (word: string) => new TextEncoder().encode(word)
  for (const [i, word] of many.entries()) assert.is(table.find(encode(word), 0, word.length), 5 + i)
  assert.is(table.find(encode('key60'), 0, 5), -1)
  assert.is(table.find(encode(''), 0, 0), -1)
})

scanning.run()
