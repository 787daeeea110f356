import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { kinetoEvent, kinetoFile, ortDecoder } from '../testing/trace-events.js'
import { kinetoText } from '../testing/trace-kineto-file.js'
import { lawBroken, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import { TraceWriter } from '../trace/writer.js'
import { formatsPage } from './formats-page.js'
import { detectFormat, exportTrace, formats, readTrace } from './index.js'

const detection = suite('formats')

const ours = [...exportTrace(sampleTrace({ ops: 40 }))].join('')
const ort = ortDecoder(4, 2)
const kinetoSmall = [...kinetoText(20_000)].join('')
const samples = { 'worldswitch-trace': ours, 'ort-profile': ort, kineto: kinetoSmall }

detection('docs/formats.md is what the formats say of themselves: npm run formats writes it', () => {
  assert.is(readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8'), formatsPage(formats))
  assert.is(new Set(formats.map(({ id }) => id)).size, formats.length)
  for (const { id, read, readRates, content, command, runtime } of formats) {
    assert.is(read !== undefined, content.some((one) => one !== 'rates' && one !== 'structure'), id)
    assert.is(readRates !== undefined, content.includes('rates'), id)
    assert.ok(command.length > 0 && runtime.length > 0, id)
  }
})

detection('each format is found by its content alone', () => {
  for (const [id, text] of Object.entries(samples))
    for (const name of ['x', 'a.csv', 'trace.json.gz']) assert.is(detectFormat(memorySource(text, name)).id, id)
  const event = kinetoEvent('kernel', 'cat Node op_name _kernel_time', 1, 1)
  assert.is(detectFormat(memorySource(`[${event}]`)).id, 'kineto')
})

detection('detect answers anything and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = new TextDecoder().decode(bytes)
      for (const format of formats) assert.ok(['yes', 'general', 'no'].includes(format.detect({ name: '', bytes, text }).answer))
    }),
  )
})

detection('what no format knows is refused with the true reason', () => {
  const reason = (content: string | Uint8Array, message: RegExp) =>
    assert.throws(
      () => detectFormat(memorySource(content)),
      (error: unknown) => error instanceof BadInput && message.test(error.message),
    )
  reason('', /found "an empty file"/)
  reason('  \n', /nothing but blanks/)
  reason(new Uint8Array([0x1f, 0x8b, 8, 0]), /gzip inside/)
  reason(new Uint8Array([0x50, 0x4b, 3, 4]), /a zip archive/)
  reason(new Uint8Array([0, 1, 2]), /binary data/)
  reason(new Uint8Array([0xff, 0xfe, 0x7b, 0]), /UTF-16/)
  reason('ID,OpType,DataType\n', /text: ID,OpType/)
  reason('{"version": 1}', /JSON of another kind/)
  reason('{"version": 1}', /byte 0.*considered: .*no event in a category of PyTorch \(kineto\)/)
})

detection('a format can be named; an unknown name gets a suggestion', () => {
  assert.is(detectFormat(memorySource('{"traceEvents":[]}'), 'kineto').id, 'kineto')
  assert.throws(
    () => detectFormat(memorySource(ours), 'kinetto'),
    (error: unknown) => error instanceof UsageFault && /did you mean kineto/.test(error.message),
  )
})

detection('two formats at once are refused', () => {
  const both = `[${kinetoEvent('cpu_op', 'a', 1, 1)},{"cat":"Node","name":"a_kernel_time","args":{"op_name":"Add"}}]`
  assert.throws(() => detectFormat(memorySource(both)), /ort-profile and kineto.*--format/)
})

detection('readTrace finishes the writer it was given', async () => {
  const written = await readTrace(memorySource(ort, 'dir/my-run.json'), new TraceWriter(() => {}), memoryTools)
  assert.is(written.header.name, 'my-run')
  assert.is(written.hash, (await traceFrom(memorySource(ort))).hash)
  assert.is(written.opCount, 12)
})

/** Cuts, flips, repeats: what a damaged or hostile file looks like. */
const damage = fc.array(
  fc.tuple(
    fc.constantFrom('cut', 'flip', 'drop', 'repeat', 'insert'),
    fc.nat(1 << 20),
    fc.nat(255),
    fc.integer({ min: 1, max: 400 }),
  ),
  { minLength: 1, maxLength: 3 },
)
function damaged(text: string, changes: readonly (readonly [string, number, number, number])[]): Uint8Array {
  let bytes = new TextEncoder().encode(text)
  for (const [how, where, byte, length] of changes) {
    if (bytes.length === 0) break
    const at = where % bytes.length
    if (how === 'cut') bytes = bytes.slice(0, at)
    else if (how === 'flip') bytes[at] = byte
    else {
      const rest = how === 'drop' ? bytes.subarray(at + length) : bytes.subarray(at)
      const middle =
        how === 'repeat'
          ? bytes.subarray(at, at + length)
          : how === 'insert'
            ? new TextEncoder().encode('"{}[]:,-1e9\\u0000'.slice(byte % 12))
            : new Uint8Array(0)
      bytes = new Uint8Array([...bytes.subarray(0, at), ...middle, ...rest])
    }
  }
  return bytes
}

for (const [id, text] of Object.entries({ ...samples, kineto: kinetoFile(kinetoSmall.split(/,?\n/).slice(1, 90)) }))
  detection(`${id}: a damaged file gives a lawful trace or a BadInput, never another error`, async () => {
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 50, max: 5000 }), async (changes, chunkBytes) => {
        try {
          const trace = await traceFrom(memorySource(damaged(text, changes), 'damaged', chunkBytes), memoryTools, id)
          assert.is(lawBroken(trace), undefined)
          const lines = [...exportTrace(trace)].join('')
          assert.is((await traceFrom(memorySource(lines))).hash, trace.hash)
        } catch (error) {
          if (!(error instanceof BadInput)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })

detection.run()
