import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../../base/errors.js'
import { kinetoReading } from '../../testing/kineto-reading.js'
import { matcherCodeText } from '../../testing/matcher-code.js'
import { kinetoText } from '../../testing/trace-kineto-file.js'
import { plainKinetoText } from '../../testing/trace-kineto-plain.js'
import { memorySpool } from '../../trace/spool.js'
import { KinetoEvents } from '../kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import { LearningMatcher } from './learning-matcher.js'

const matching = suite('matcher of Kineto events')

/** What is read of a text in pieces, or why not, with the matcher and without it; and how many rows the matcher made. */
function read(text: string, pieceBytes: number, isMatched: boolean): { reading: unknown; taken: number } {
  let taken = 0
  const make: typeof LearningMatcher.make = (room, events) => {
    const counted = (on: (rows: Float64Array, count: number) => void) => (rows: Float64Array, count: number) => {
      taken += count
      on(rows, count)
    }
    return LearningMatcher.make(room, { ...events, onCalls: counted(events.onCalls), onLaunches: counted(events.onLaunches), onDevice: counted(events.onDevice) })
  }
  const events = new KinetoEvents('file', memorySpool(GPU_WIDTH, 2), memorySpool(LAUNCH_WIDTH, 1), memorySpool(CPU_WIDTH, 3), undefined, isMatched ? make : () => undefined)
  const bytes = new TextEncoder().encode(text)
  try {
    for (let from = 0; from < bytes.length; from += pieceBytes) events.scanner.feed(bytes.subarray(from, from + pieceBytes))
    return { reading: kinetoReading(events), taken }
  } catch (error) {
    assert.instance(error, BadInput)
    return { reading: (error as BadInput).message, taken }
  }
}

function same(text: string, pieceBytes: number): void {
  assert.equal(read(text, pieceBytes, true).reading, read(text, pieceBytes, false).reading)
}

matching('the code in the repository is that of its sources', async () => {
  assert.is(readFileSync(new URL('./matcher-code.ts', import.meta.url), 'utf8'), await matcherCodeText())
})

matching('it makes nearly all rows of what profilers write, the same as without it', () => {
  for (const text of [[...kinetoText(300_000, 5)].join(''), [...plainKinetoText(3000, 5)].join('')])
    for (const written of [text, JSON.stringify(JSON.parse(text))]) {
      same(written, 10_000)
      const { taken } = read(written, 1 << 20, true)
      const rows = written.split(/"(?:cpu_op|cuda_runtime|kernel|gpu_memcpy|gpu_memset)"/).length - 1
      assert.ok(taken > rows * 0.9, `${taken} of ${rows}`)
    }
})

const number = fc.constantFrom(
  ...['0', '7', '7.5', '12.3456', '12.0005', '0.9996', '1767189312000000.123', '6520488433299.010', '9007199254740.991', '9007199254740992', '12345678901234567', '99999999999999999'],
  ...['-0', '-3', '-3.5', '1e3', '1.5E+2', '1.', '.5', '1.2.3', '--1', '+4', '1e', 'NaN', '-inf', '"12"', '"12x"', '""', 'null', 'true', '[1]', '{"a": 1}'],
)
const plainNumber = fc.nat(1_000_000).map((n) => (n / 1000).toFixed(3))
const name = fc.constantFrom('"aten::mm"', '"aten::t"', '"a\\"b"', '"\\u0041"', '""', '"ünï"', '"cudaGraphLaunch"', '"sixteen bytes  .."', `"${'long '.repeat(30)}"`, `"${'x'.repeat(600)}"`, '5', 'null')
const shapes = fc.constantFrom('[[1, 4096], [4096, 4096], []]', '[]', '[[]]', '[[1, [2]], "a]\\"["]', '[}', '[[[[[[[[1]]]]]]]]', '"no"', '7', `[${'[1, 2],'.repeat(100)}[]]`, '['.repeat(70) + ']'.repeat(70))
const usual = <T>(most: fc.Arbitrary<T>, other: fc.Arbitrary<T>) => fc.oneof({ weight: 9, arbitrary: most }, { weight: 1, arbitrary: other })
const row = fc.record({
  ph: usual(fc.constant('"X"'), fc.constantFrom('"i"', '"s"', '"XX"', '""', '5')),
  cat: usual(fc.constantFrom('"cpu_op"', '"kernel"', '"cuda_runtime"', '"gpu_memcpy"'), fc.constantFrom('"python_function"', '"ac2g"', '"user_annotation"', '"cpu\\u005fop"', '""', '3')),
  name: usual(fc.constantFrom('"aten::mm"', '"aten::add"', '"k<int>"'), name),
  ts: usual(plainNumber, number),
  dur: usual(plainNumber, number),
  pid: usual(fc.constantFrom('1', '2'), number),
  tid: usual(fc.constantFrom('1', '20', '123456789'), number),
  link: usual(fc.constantFrom('3', '4', '5'), number),
  correlation: usual(fc.constantFrom('8', '9', '10'), number),
  dims: usual(fc.constantFrom('[[1, 4096], [4096, 4096]]', '[[512, 64]]'), shapes),
  kind: fc.nat(3),
})

matching('events of the same shape with values of any kind are read as without it', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 4, maxLength: 40 }), fc.constantFrom('', ' ', '\n  '), fc.constantFrom(1, 50, 997, 100_000), fc.integer({ min: 0, max: 3 }), (rows, blank, pieceBytes, order) => {
      const events = rows.map(({ ph, cat, name: called, ts, dur, pid, tid, link, correlation, dims, kind }) => {
        const args = [`"External id": ${link}`, ...(kind > 0 ? [`"correlation": ${correlation}`] : []), ...(kind > 1 ? [`"Input Dims":${blank}${dims}`, '"other": null'] : []), ...(kind > 2 ? [`"Input type": ["float"]`] : [])]
        const members = [`"ph":${blank}${ph}`, `"cat":${blank}${cat}`, `"name":${blank}${called}`, `"pid":${blank}${pid}`, `"tid":${blank}${tid}`, `"ts":${blank}${ts}`, `"dur":${blank}${dur}`]
        const turned = [...members.slice(order), ...members.slice(0, order), `"args":${blank}{${args.join(`,${blank}`)}}`]
        return `{${blank}${turned.join(`,${blank}`)}${blank}}`
      })
      same(`[${blank}${events.join(`,${blank}`)}]`, pieceBytes)
    }),
    { numRuns: 1500 },
  )
})

matching('damage anywhere is told as without it', () => {
  const whole = [...plainKinetoText(300, 9)].join('')
  const others = ['', '"', '\\', '}', ']', '{', ',', '\u0000', 'ä', '1', '-', '{"ph": "X", "cat": "cpu_op", "name": "inner"}']
  fc.assert(
    fc.property(fc.nat(whole.length), fc.constantFrom(...others), fc.nat(30), fc.constantFrom(100, 3000, 1 << 20), (at, other, cut, pieceBytes) => {
      same(whole.slice(0, at) + other + whole.slice(at + cut), pieceBytes)
    }),
    { numRuns: 300 },
  )
})

matching('more kinds of event than it has room for, and keys longer than it learns, are read as without it', () => {
  const events = Array.from({ length: 1500 }, (_, i) => `{"ph": "X", "cat": "cpu_op", "name": "op ${i % 700}", "pid": 1, "tid": ${i % 3}, "ts": ${i}.5, "dur": 1, "args": {"k${i % 40}": 1, "${'y'.repeat((i % 40) * 300)}": 2}}`)
  for (const pieceBytes of [5000, 1 << 20]) same(`[${events.join(',\n')}]`, pieceBytes)
  // As many values as there is room for: five of the event itself.
  const full = `[${Array.from({ length: 500 }, (_, i) => `{"ph": "X", "cat": "cpu_op", "name": "op", "pid": 1, "tid": 2, "ts": ${i}.5, "dur": 1, "args": {${Array.from({ length: 43 }, (_, k) => `"k${k}": ${i}`).join(', ')}}}`).join(',\n')}]`
  same(full, 5000)
  assert.ok(read(full, 5000, true).taken > 400)
})

matching.run()
