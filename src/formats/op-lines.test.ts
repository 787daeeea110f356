import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { memorySource, memoryTools } from '../testing/trace-source.js'
import { collectTrace } from '../trace/collect.js'
import { eachLine } from './lines.js'
import { OpLines } from './op-lines.js'
import { TraceLines } from './trace-lines.js'
import { exportTrace } from './worldswitch-export.js'

const fast = suite('lines of the interchange, out of their bytes')
const lines = [...exportTrace(sampleTrace({ ops: 300 }))]

/** The content hash or the refusal, and how many ops; by the bytes or, as the oracle, through JSON.parse. */
async function readBy(text: string, isFast: boolean, chunkBytes: number): Promise<unknown> {
  const { writer, finish } = collectTrace()
  try {
    const source = memorySource(text, 'f', chunkBytes)
    const reader = new OpLines('f', writer)
    const slow = new TraceLines('f', writer)
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const ending = isFast
      ? await eachLine(source, memoryTools, () => 5000, (bytes, from, to, line) => reader.line(bytes, from, to, line), (bytes, from, last) => reader.early(bytes, from, last))
      : await eachLine(source, memoryTools, () => 5000, (bytes, from, to, line) => slow.line(decoder.decode(bytes.subarray(from, to)), line))
    return finish((isFast ? reader.lines : slow).finish(ending.lines, ending.isEnded, memoryTools)).hash
  } catch (error) {
    assert.instance(error, BadInput)
    return [(error as BadInput).message, writer.opCount]
  }
}

async function same(text: string, chunkBytes = 1 << 16): Promise<void> {
  assert.equal(await readBy(text, true, chunkBytes), await readBy(text, false, chunkBytes), text.slice(0, 200))
}

fast('whole files, cut anywhere, with either line end, are read as JSON.parse reads them', async () => {
  const text = lines.join('')
  for (const chunkBytes of [1, 7, 100, 4096, 1 << 20]) {
    await same(text, chunkBytes)
    await same(text.replaceAll('\n', '\r\n'), chunkBytes)
    await same(text.slice(0, -5), chunkBytes)
    await same(text.slice(0, -1), chunkBytes)
  }
})

fast('the usual lines do not go through JSON.parse', async () => {
  const { writer } = collectTrace()
  const reader = new OpLines('f', writer)
  const parse = JSON.parse
  let parsed = 0
  JSON.parse = (...given) => (parsed++, parse(...given) as unknown)
  try {
    await eachLine(memorySource(lines.join('')), memoryTools, () => 5000, (bytes, from, to, line) => reader.line(bytes, from, to, line), (bytes, from, last) => reader.early(bytes, from, last))
  } finally {
    JSON.parse = parse
  }
  assert.is(writer.opCount, 300)
  assert.ok(parsed < 10, `${parsed} lines`)
})

fast('an unusual or wrong line is taken or refused as before', async () => {
  const changes: ((line: string) => string)[] = [
    (line) => line.replace(/"durationNs":\d+/, '"durationNs":1e3'),
    (line) => line.replace(/"durationNs":\d+/, '"durationNs":-0'),
    (line) => line.replace(/"durationNs":\d+/, '"durationNs":007'),
    (line) => line.replace(/"durationNs":\d+/, '"durationNs":9007199254740993'),
    (line) => line.replace(/"durationNs":\d+/, '"durationNs":"7"'),
    (line) => line.replace(/"durationNs":\d+/, '"durationNs":7,"durationNs":8'),
    (line) => line.replace(/"startNs":\d+,?/, ''),
    (line) => line.replace(/"startNs":\d+/, '"startNs":0'),
    (line) => line.replace('{', '{ '),
    (line) => line.replace('{', '{"lane":"nobody",'),
    (line) => line.replace('{', '{"unheard":1,'),
    (line) => line.replace('{', '{"strings":["x"],'),
    (line) => line.replace('{', '{"after":[1,,2],'),
    (line) => line.replace('{', '{"after":[01],'),
    (line) => line.replace('{', '{"after":[99999999999],'),
    (line) => line.replace('{', '{"after":[ 0 ],'),
    (line) => line.replace(/"kind":"\w+"/, '"kind":"nothing"'),
    (line) => line.replace(/"kind":"\w+"/, '"kind":"\\u006datmul"'),
    (line) => line.replace(/"name":"/, '"name":"\ufeff\u0001'),
    (line) => line.replace(/"name":"/, '"name":"\ufeff\u{1f600}'),
    (line) => line.replace(/"name":"[^"]*"/, `"name":"${'n'.repeat(4500)}"`),
    (line) => line.replace('}', ',}'),
    (line) => line.replace('}', ''),
    (line) => `${line.trim()} \n`,
    (line) => `${line.trim()}${line}`,
    () => '\n',
    () => '{}\n',
    () => '{"startNs":1}\n',
    () => '[1]\n',
  ]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...changes), fc.integer({ min: 1, max: 300 }), fc.constantFrom(100, 1 << 16), async (change, at, chunkBytes) => {
      await same(lines.with(at, change(lines[at]!)).join(''), chunkBytes)
    }),
    { numRuns: 200 },
  )
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(400), fc.constantFrom('"', '\\', ',', ':', '}', ']', '0', '-', ' ', '\u0000', 'é'), async (at, where, char) => {
      const line = lines[at]!
      await same(lines.with(at, line.slice(0, where % line.length) + char + line.slice((where % line.length) + 1)).join(''))
    }),
    { numRuns: 300 },
  )
})

fast.run()
