import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { importText } from '../testing/trace-source.js'
import { GOES_ON, IS_BROKEN, JsonPass } from './json-pass.js'

const passing = suite('values beside the events')

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

passing('a value ends where it does, wherever its pieces end', () => {
  const pass = new JsonPass()
  for (const value of ['"a\\"b\\\\"', '{"a":[1,{"]":"}"}],"b":null}', '[]', '"{"', '[[["\\u0022"]]]']) {
    const text = bytes(`${value},"next`)
    for (let cut = 1; cut < value.length; cut++) {
      pass.start()
      assert.is(pass.run(text.subarray(0, cut), 0, cut), GOES_ON, `${value} at ${cut}`)
      assert.is(pass.run(text, cut, text.length), value.length, `${value} at ${cut}`)
    }
  }
})

passing('what is no JSON is found', () => {
  const pass = new JsonPass()
  for (const [value, at] of [['{"a":1]', 6], ['[1;2]', 2], ['["\0"]', 2], ['['.repeat(400), 256]] as const) {
    pass.start()
    assert.equal([pass.run(bytes(value), 0, value.length), pass.faultAt], [IS_BROKEN, at], value.slice(0, 20))
  }
})

const events = '"traceEvents":[{"name":"gemm","ph":"X","ts":10,"dur":5,"pid":1,"tid":2},{"name":"norm","ph":"X","ts":20,"dur":2,"pid":1,"tid":2}]'
const big = 6 << 20
const values: Readonly<Record<string, string>> = {
  systemTraceEvents: JSON.stringify(`# tracer: nop\n${'x'.repeat(big)} \` "quoted" { [`),
  stackFrames: `{${Array.from({ length: 120_000 }, (_, i) => `"${i}":{"name":"f${i} }","category":"c","parent":"${i >> 1}"}`).join(',')}}`,
  metadata: `{"trace-config":"${'y'.repeat(big)}","phone_model":"none"}`,
  otherData: `{"log":["${'z'.repeat(big)}"]}`,
}

for (const [key, value] of Object.entries(values))
  passing(`${key} of several MiB, ahead of the events and behind them`, async () => {
    for (const text of [`{"${key}":${value},${events}}`, `{${events},"${key}":${value}}`, `{"displayTimeUnit":"ns",${events},"${key}" : ${value} ,"samples":[]}`]) {
      const { ops, strings, header } = await importText(text, {}, 'trace.json')
      assert.equal(Array.from(ops.durationNs, (ns, i) => [strings[ops.name[i]!], ops.startNs[i], ns]), [['gemm', 0, 5000], ['norm', 10_000, 2000]])
      assert.equal(header.skipped, key === 'metadata' || key === 'otherData' ? { [`${key} of more than 4 MiB (what it says of the machine)`]: 1 } : {})
    }
  })

passing('beside PyTorch’s events as well; one that is cut is no whole file', async () => {
  const kineto = '"schemaVersion":1,"traceEvents":[{"ph":"X","cat":"cpu_op","name":"aten::mm","pid":1,"tid":1,"ts":10,"dur":40,"args":{}}]'
  const trace = await importText(`{${kineto},"moduleHierarchy":${values['stackFrames']!}}`, {}, 'trace.json')
  assert.equal([...trace.ops.durationNs], [40_000])
  const cut = await importText(`{${events},"metadata":{"a":"${'b'.repeat(big)}`, {}, 'trace.json')
  assert.is(cut.ops.length, 2)
  assert.ok('end of the file missing' in cut.header.skipped)
})

passing('a broken one is refused at its byte; a long header of an export of our own is, too', async () => {
  const refused = async (text: string, message: RegExp): Promise<void> => {
    try {
      await importText(text, {}, 'trace.json')
    } catch (error) {
      assert.instance(error, BadInput)
      return assert.match((error as Error).message, message)
    }
    assert.unreachable()
  }
  await refused(`{${events},"stackFrames":{"a":"${'b'.repeat(big)}"]}`, /}/)
  await refused(`{"otherData":{"worldswitch":{"name":"${'b'.repeat(big)}"}},${events}}`, /4 MiB/)
})

passing.run()
