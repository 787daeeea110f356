import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { anyTrace } from '../testing/trace-arbitraries.js'
import { hostileTexts, sampleTrace } from '../testing/sample-trace.js'
import { importText, lawBroken, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import { exportTrace } from './index.js'

const interchange = suite('worldswitch-trace')

const header = {
  schema: 'worldswitch-trace/1',
  name: 'small',
  device: 'board',
  provenance: { how: 'synthetic', tool: 'test' },
  lanes: ['cpu 0', 'npu 0'],
  models: [{ id: 'm', layers: 2, weightBytes: 1000, quant: 'int8' }],
  tensors: [{ name: 'w', model: 0, role: 'weight', layer: 0, bytes: 500 }],
  requests: [{ id: 'r', model: 0, arrivalNs: 0, promptTokens: 8, outputTokens: 2 }],
  dependencies: 'program-order',
  ruleSets: [{}, { phase: 'guess' }],
  skipped: { x: 1 },
}
const op = { startNs: 0, durationNs: 5, kind: 'matmul', phase: 'prefill' }
const file = (ops: readonly object[], changed: object = {}) =>
  [{ ...header, ...changed }, ...ops].map((line) => `${JSON.stringify(line)}\n`).join('')

/** The refusal of a file; undefined when it is read. */
async function refusal(content: Uint8Array | string): Promise<BadInput | undefined> {
  try {
    await importText(content)
  } catch (error) {
    if (error instanceof BadInput) return error
    throw error
  }
  return undefined
}
async function refused(content: Uint8Array | string, line: number | undefined, field: string | undefined, message: RegExp) {
  const error = await refusal(content)
  if (error === undefined) return assert.unreachable(`read: ${String(content).slice(0, 200)}`)
  assert.is(error.place.line, line, error.message)
  assert.is(error.place.field, field, error.message)
  assert.match(error.message, message)
}

interchange('export and import give the same content hash, whatever the trace, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(anyTrace, fc.integer({ min: 1, max: 3000 }), async (trace, chunkBytes) => {
      const text = [...exportTrace(trace)].join('')
      const again = await traceFrom(memorySource(text, 'other name', chunkBytes))
      assert.equal(again.header, trace.header)
      assert.is(again.hash, trace.hash)
      assert.is([...exportTrace(again)].join(''), text)
      assert.is(lawBroken(again), undefined)
    }),
    { numRuns: 60 },
  )
})

interchange('a trace of several chunks with hostile names comes back the same', async () => {
  const trace = sampleTrace({ ops: 3000 })
  const again = await importText([...exportTrace(trace)].join(''))
  assert.is(again.hash, trace.hash)
  assert.ok(hostileTexts.some((text) => again.strings.includes(text)))
})

interchange('defaults are left out, words stand for indices', async () => {
  const trace = await importText(
    file([
      { ...op, lane: 'npu 0', type: 'Gemm', name: 'fc' },
      { startNs: 2, durationNs: 0, after: [0], rules: 1 },
    ]),
  )
  const [, first, second] = [...exportTrace(trace)]
  assert.is(first, '{"kind":"matmul","phase":"prefill","lane":"npu 0","type":"Gemm","name":"fc","startNs":0,"durationNs":5}\n')
  assert.is(second, '{"startNs":2,"durationNs":0,"rules":1,"after":[0]}\n')
  assert.equal([...trace.after.to], [0])
})

interchange('windows line ends, blank lines, a byte order mark and a missing last line end are read', async () => {
  const text = file([op, { ...op, startNs: 1 }])
  const trace = await importText(text)
  for (const other of [text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\n\n'), `\ufeff${text}`, text.trimEnd()])
    assert.is((await importText(other)).hash, trace.hash)
})

interchange('the name is the caller’s, else the file’s, and not part of the content', async () => {
  const text = file([op])
  const named = await traceFrom(memorySource(text), { ...memoryTools, name: 'mine' })
  assert.is(named.header.name, 'mine')
  assert.is((await importText(text)).header.name, 'small')
  assert.is(named.hash, (await importText(text)).hash)
})

interchange('numbers that are none are refused with line, field and hint', async () => {
  const line = (changed: object) => file([op, { ...op, startNs: 1, ...changed }])
  await refused(line({ durationNs: -1 }), 3, 'durationNs', /expected whole nanoseconds, 0 or more, found -1/)
  await refused(line({ durationNs: '12ms' }), 3, 'durationNs', /found "12ms"; write a number without a unit/)
  await refused(line({ durationNs: 1.5 }), 3, 'durationNs', /found 1.5/)
  await refused(line({ durationNs: 2 ** 53 }), 3, 'durationNs', /2\^53/)
  await refused(line({ durationNs: undefined }), 3, 'durationNs', /expected whole nanoseconds, 0 or more$/)
  await refused(line({ startNs: null }), 3, 'startNs', /found null/)
  await refused(line({ layer: -2 }), 3, 'layer', /-1 to/)
  await refused(line({ m: 2 ** 32 }), 3, 'm', /0 to 4294967295/)
  await refused(`${file([op])}${JSON.stringify(op).replace('5', '1e999')}\n`, 3, 'durationNs', /whole nanoseconds/)
})

interchange('what contradicts itself is refused', async () => {
  const second = (changed: object) =>
    file([
      { ...op, step: 1, startNs: 10 },
      { ...op, startNs: 20, step: 1, ...changed },
    ])
  await refused(second({ startNs: 9 }), 3, 'startNs', /10 or more \(ops stand in order of start\), found 9/)
  await refused(second({ step: 0 }), 3, 'step', /1 or more \(steps of a request do not go back\), found 0/)
  await refused(second({ after: [1] }), 3, 'after[0]', /cannot wait for itself/)
  await refused(second({ after: [0, 5] }), 3, 'after[1]', /ops wait for earlier ones only/)
  await refused(second({ after: [-1] }), 3, 'after[0]', /the index of an op/)
  await refused(second({ tensor: 1 }), 3, 'tensor', /below 1/)
  await refused(second({ request: 1 }), 3, 'request', /below 1/)
  await refused(second({ rules: 2 }), 3, 'rules', /below 2/)
  await refused(second({ lane: 'gpu 0' }), 3, 'lane', /did you mean npu 0\?|one of/)
  await refused(second({ kind: 'matmull' }), 3, 'kind', /did you mean matmul\?/)
  await refused(second({ durationMs: 4 }), 3, 'durationMs', /did you mean durationNs\?/)
  await refused(second({ type: 5 }), 3, 'type', /a string/)
})

interchange('steps of different requests do not disturb each other', async () => {
  const requests = [header.requests[0], { ...header.requests[0], id: 's' }]
  const text = file(
    [
      { ...op, step: 3 },
      { ...op, request: 1, step: 0 },
      { ...op, step: 3 },
    ],
    { requests },
  )
  assert.is((await importText(text)).ops.length, 3)
})

interchange('a header that is missing, newer, or wrong is refused', async () => {
  await refused(`${JSON.stringify(op)}\n`, 1, 'schema', /the first line of a trace is its header/)
  await refused(file([op], { schema: 'worldswitch-trace/2' }), 1, 'schema', /another version of worldswitch/)
  await refused(
    file([op], { models: [{ id: 'm', layers: -1, weightBytes: 0, quant: '' }] }),
    1,
    'models[0].layers',
    /0 or more/,
  )
  await refused(file([op], { tensors: [{ ...header.tensors[0], model: 1 }] }), 1, 'tensors[0].model', /0 to 0/)
  await refused(file([op], { requests: [] }), 1, 'requests', /at least one/)
  await refused(file([op], { lanes: ['a', 'a'] }), 1, 'lanes', /different names/)
  await refused(file([op], { ruleSets: [{ phase: 1 }] }), 1, 'ruleSets[0].phase', /rule's name/)
  await refused(file([op], { extra: 1 }), 1, 'extra', /a known field/)
  await refused(file([op], { provenance: { how: 'stolen', tool: '' } }), 1, 'provenance.how', /recorded, synthetic, imported/)
})

interchange('a file that was cut off is refused, at a line end too', async () => {
  const text = [...exportTrace(sampleTrace({ ops: 20 }))].join('')
  await refused(text.slice(0, -10), 21, undefined, /the last line is cut off/)
  await refused(
    text.split('\n').slice(0, -3).join('\n') + '\n',
    19,
    undefined,
    /20 ops, as the header says, found 18; the file was cut off/,
  )
  await refused(`${file([])}{"startNs":\n${JSON.stringify(op)}\n`, 2, undefined, /a line of JSON/)
  await refused(`${file([])}[1]\n`, 2, 'line', /a JSON object/)
})

interchange('a line of 10 MB is refused with its number, before it is held whole', async () => {
  let given = 0
  const counted = (text: string) => {
    const source = memorySource(text, 'long', 1 << 16)
    return {
      ...source,
      async *chunks() {
        for await (const chunk of source.chunks()) {
          given += chunk.length
          yield chunk
        }
      },
    }
  }
  const long = 'x'.repeat(10_000_000)
  try {
    await traceFrom(counted(`${file([op])}{"name":"${long}"}\n`))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, BadInput)
    assert.is((error as BadInput).place.line, 3)
  }
  assert.ok(given < 2_000_000, `${given} bytes were asked for`)
  await refused(`${JSON.stringify({ ...header, name: long })}\n`, 1, undefined, /a line of at most/)
})

interchange(
  'bytes that are no UTF-8 are refused with their offset, also across chunks and without a native check',
  async () => {
    const text = file([{ ...op, name: 'größe 語 😀' }])
    const bytes = new TextEncoder().encode(text)
    for (const isUtf8 of [memoryTools.isUtf8, undefined])
      for (const chunkBytes of [1, 2, 3, 7, 1 << 16]) {
        const { isUtf8: _, ...rest } = memoryTools
        const tools = isUtf8 === undefined ? rest : memoryTools
        assert.is((await traceFrom(memorySource(bytes, 'test', chunkBytes), tools)).strings[1], 'größe 語 😀')
        const at = bytes.indexOf(0xc3)
        for (const [bad, offset] of [
          [0xff, at],
          [0x41, at],
        ] as const) {
          const broken = bytes.slice()
          broken[at + (bad === 0xff ? 0 : 1)] = bad
          try {
            await traceFrom(memorySource(broken, 'test', chunkBytes), tools)
            assert.unreachable()
          } catch (error) {
            assert.instance(error, BadInput, String(error))
            assert.is((error as BadInput).place.byteOffset, offset)
          }
        }
      }
    const cut = bytes.slice(0, bytes.indexOf(0xf0) + 2)
    assert.match((await refusal(cut))!.message, /UTF-8/)
  },
)

interchange.run()
