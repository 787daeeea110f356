/** What recordings of world switches mean: Linux ftrace as text and as trace.dat, OP-TEE's function graphs. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isNear, meaningOf } from '../testing/meaning.js'
import { fixture, importText, sharedTrace } from '../testing/trace-source.js'
import { isSwitchKind, phaseIndex } from '../trace/words.js'

const switches = suite('what recorded world switches mean')

switches('ftrace: time in the secure world, in interrupts, between round trips, by hand; no FLOPs, no bytes, no weights', async () => {
  const trace = await importText(fixture('ftrace/two-calls.txt'))
  const of = (lane: string) => meaningOf(trace, (op) => trace.header.lanes[trace.ops.lane[op]!]!.startsWith(lane))
  // Entered at 200, 360 and 600 µs, back at 350, 460 and 650; the timer's handler ran 40 of the first 150.
  assert.equal(of('llm server').nsByKind, { mark: 0, 'world-switch': (150 - 40 + 100 + 50) * 1000, interrupt: 40_000, rpc: (10 + 140) * 1000 })
  // 10 µs, refused for want of a thread, again after 435 µs: 100 µs.
  assert.equal(of('other-task').nsByKind, { 'world-switch': 110_000, rpc: 435_000 })
  const { flops, bytes, steps } = meaningOf(trace)
  assert.equal([flops, bytes, steps], [0, 0, { other: [3, 3], decode: [3, 3] }])
  assert.ok(trace.ops.tensor.every((tensor) => tensor === -1) && trace.ops.kind.every(isSwitchKind))
})

switches('ftrace: marks are the steps of an inference, the first the prefill; pairs sum to the time in the secure world', async () => {
  const file = sharedTrace('optee-linux-ftrace/steps-v6-report.txt')
  if (file === undefined) return
  const trace = await importText(file)
  const { nsByKind, steps } = meaningOf(trace)
  // 30 steps; 903 313 µs from begin to end, handlers included, of 1084 pairs.
  assert.equal([steps['prefill'], steps['decode']], [[0, 0], [1, 29]])
  assert.ok(isNear(nsByKind['world-switch']! + (nsByKind.interrupt ?? 0), 903_313e3), JSON.stringify(nsByKind))
  const calls = new Array<number>(30).fill(0)
  const isClients = (op: number): boolean => trace.header.lanes[trace.ops.lane[op]!]!.startsWith('smc') // a notification's thread calls once in between
  for (let op = 0; op < trace.ops.length; op++) if (isClients(op) && trace.ops.phase[op] !== phaseIndex.other && trace.strings[trace.ops.name[op]!]!.startsWith('call-')) calls[trace.ops.step[op]!]!++
  assert.equal(calls, new Array<number>(30).fill(28))
})

switches('trace-cmd-dat: what trace-cmd reports of a trace.dat means what the text means', async () => {
  const text = fixture('ftrace/two-calls.txt')
  const dat = Uint8Array.from([0x17, 0x08, 0x44, ...new TextEncoder().encode('tracing6\0'), 0, 8, ...new Array<number>(64).fill(0)])
  const traceCmdReport = async function* (): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(text))
  }
  const read = await importText(dat, { traceCmdReport }, 'run.dat')
  assert.is(read.header.provenance.format, 'trace-cmd-dat')
  assert.equal(meaningOf(read), meaningOf(await importText(text)))
})

switches('optee-graph: own times of functions sum to those of the outermost closed ones', async () => {
  const own = meaningOf(await importText(fixture('optee-graph/ta.txt')))
  assert.equal([own.ns, own.nsByKind, own.flops, own.bytes, own.steps], [1500 + 10_000, { other: 11_500 }, 0, 0, { other: [0, 0] }])
  const file = sharedTrace('optee-ftrace/ta-entry-graph.txt')
  if (file === undefined) return
  // Depth 3 and above of what was closed: 43.840 + 7.216 + 14.480 + 426.992 µs, then what lies in frames that were cut off.
  const cut = 23.6 + 26.416 + 10.976 + 8.096
  assert.ok(isNear(meaningOf(await importText(file)).ns, (43.84 + 7.216 + 14.48 + 426.992 + cut) * 1000))
})

switches.run()
