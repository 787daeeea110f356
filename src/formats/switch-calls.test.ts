/** Which calls of the secure world a recording shows, whatever of it is missing, in every form in which it is posted. */
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldSwitches } from '../analysis/world-switches.js'
import { PacketsMessage } from './perfetto/messages.js'
import { fixture, importText } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds } from '../trace/words.js'

const calls = suite('calls of the secure world')

const [CALL, RESUME, DONE, RPC, BUSY] = ['32000013', '32000003', '0', 'ffff0005', '1']
type Step = readonly [us: number, what: 'begin' | 'end' | 'lost', a0: string, param?: string, pid?: number, cpu?: number]

const seconds = (us: number): string => `5.${String(us).padStart(6, '0')}`
const payload = (what: string, a0: string, param: string): string =>
  what === 'begin' ? `optee_invoke_fn_begin: param=00000000000000${param} (${a0}, 1, 2, 0, 0, 0, 0, 0)` : `optee_invoke_fn_end: param=00000000000000${param} ret (${a0}, 0, 0, 0)`

const forms: Readonly<Record<string, (steps: readonly Step[]) => string | Uint8Array>> = {
  'ftrace text': (steps) =>
    `# tracer: nop\n#\n${steps.map(([us, what, a0, param = 'a1', pid = 7, cpu = 0]) => (what === 'lost' ? `CPU:${cpu} [LOST 9 EVENTS]` : `     app-${pid}     [00${cpu}] ..... ${seconds(us)}: ${payload(what, a0, param)}`)).join('\n')}\n`,
  'a report of trace-cmd': (steps) =>
    `version = 6\ncpus=2\n${steps.map(([us, what, a0, param = 'a1', pid = 7, cpu = 0]) => (what === 'lost' ? `CPU:${cpu} [EVENTS DROPPED]` : `     app-${pid}     [00${cpu}]     ${seconds(us)}: ${payload(what, a0, param).replace(': ', ':  ')}`)).join('\n')}\n`,
  'a function graph': (steps) =>
    `# tracer: function_graph\n${steps.map(([us, what, a0, param = 'a1', pid = 7, cpu = 0]) => (what === 'lost' ? `CPU:${cpu} [LOST EVENTS]` : ` ${seconds(us)} |   ${cpu})    app-${pid}   |               |  /* ${payload(what, a0, param)} */`)).join('\n')}\n`,
  // The bundles of CPU 1 lie ahead of those of CPU 0: only time puts a task in order that moved.
  Perfetto: (steps) => {
    const bundles: { cpu: number; lostEvents?: boolean; event: object[] }[] = []
    for (const cpu of [1, 0]) {
      bundles.push({ cpu, event: [] })
      for (const [us, what, a0, param = 'a1', pid = 7, on = 0] of steps) {
        if (on !== cpu) continue
        if (what === 'lost') bundles.push({ cpu, lostEvents: true, event: [] })
        else
          bundles.at(-1)!.event.push({
            timestamp: 5_000_000_000 + us * 1000,
            pid,
            generic: { eventName: `optee_invoke_fn_${what}`, field: [{ name: 'param', strValue: param }, { name: what === 'begin' ? 'args' : 'rets', strValue: `(${a0}, 1, 2, 0)` }] },
          })
      }
    }
    return PacketsMessage.encode(PacketsMessage.create({ packet: bundles.map((ftraceEvents) => ({ ftraceEvents })) })).finish()
  },
}

const told = (trace: Trace) => {
  const found = worldSwitches(trace)!
  const { started, whole, headless, unfinished, refused } = found.calls
  return { started, whole, headless, unfinished, refused, secureUs: found.secureNs / 1000, betweenUs: found.betweenNs / 1000, perCall: found.perCall.map(({ roundTrips, calls: count }) => [roundTrips, count]) }
}

/** `headless` and `unfinished` of the page stand under what the import left out. */
function agrees(trace: Trace): void {
  const { calls: counted } = worldSwitches(trace)!
  const left = (why: string): number => trace.header.skipped[why] ?? 0
  assert.is(counted.headless, left('call without its head'))
  assert.is(counted.unfinished, left('call without its end') + left('begin without its end'))
  assert.ok(counted.whole <= counted.started && counted.whole + counted.unfinished <= counted.started + counted.headless)
}

const wholeCall: Step[] = [[900, 'begin', CALL, 'b1'], [950, 'end', DONE, 'b1']]
/** What is recorded, and the counts by hand. One whole call of 50 µs stands behind each but the last three. */
const recordings: Readonly<Record<string, readonly [Step[], ReturnType<typeof told>]>> = {
  'the recording begins in the secure world': [
    [[10, 'end', RPC], [30, 'begin', RESUME], [60, 'end', DONE], ...wholeCall],
    { started: 1, whole: 1, headless: 1, unfinished: 0, refused: 0, secureUs: 30 + 50, betweenUs: 20, perCall: [[1, 1]] },
  ],
  'it begins in the last round trip of a call': [[[10, 'end', DONE], ...wholeCall], { started: 1, whole: 1, headless: 1, unfinished: 0, refused: 0, secureUs: 50, betweenUs: 0, perCall: [[1, 1]] }],
  'it begins in the normal world of a call': [
    [[30, 'begin', RESUME], [60, 'end', RPC], [65, 'begin', RESUME], [70, 'end', DONE], ...wholeCall],
    { started: 1, whole: 1, headless: 1, unfinished: 0, refused: 0, secureUs: 35 + 50, betweenUs: 5, perCall: [[1, 1]] },
  ],
  'the end of a round trip in the middle is lost': [
    [[10, 'begin', CALL], [20, 'end', RPC], [30, 'begin', RESUME], [50, 'begin', RESUME], [60, 'end', DONE], ...wholeCall],
    { started: 2, whole: 1, headless: 1, unfinished: 1, refused: 0, secureUs: 20 + 50, betweenUs: 10, perCall: [[1, 1]] },
  ],
  'the resumed round trip is lost and another call begins': [
    [[10, 'begin', CALL], [20, 'end', RPC], [30, 'begin', RESUME], ...wholeCall],
    { started: 2, whole: 1, headless: 0, unfinished: 1, refused: 0, secureUs: 10 + 50, betweenUs: 10, perCall: [[1, 1]] },
  ],
  'events are lost in the secure world': [
    [[10, 'begin', CALL], [20, 'lost', ''], [90, 'end', DONE], ...wholeCall],
    { started: 2, whole: 1, headless: 1, unfinished: 1, refused: 0, secureUs: 50, betweenUs: 0, perCall: [[1, 1]] },
  ],
  'events are lost while a call waits': [
    [[10, 'begin', CALL], [20, 'end', RPC], [21, 'lost', ''], [90, 'begin', RESUME], [95, 'end', DONE], ...wholeCall],
    { started: 2, whole: 1, headless: 1, unfinished: 1, refused: 0, secureUs: 15 + 50, betweenUs: 0, perCall: [[1, 1]] },
  ],
  'events of another CPU are lost': [
    [[10, 'begin', CALL], [20, 'lost', '', 'a1', 7, 1], [90, 'end', DONE], ...wholeCall],
    { started: 2, whole: 2, headless: 0, unfinished: 0, refused: 0, secureUs: 80 + 50, betweenUs: 0, perCall: [[1, 2]] },
  ],
  'a call goes on on another CPU': [
    [[10, 'begin', CALL], [20, 'end', RPC], [50, 'begin', RESUME, 'a1', 7, 1], [60, 'end', DONE, 'a1', 7, 1], ...wholeCall],
    { started: 2, whole: 2, headless: 0, unfinished: 0, refused: 0, secureUs: 20 + 50, betweenUs: 30, perCall: [[1, 1], [2, 1]] },
  ],
  'a refused call is tried again': [
    [[10, 'begin', CALL], [12, 'end', BUSY], [50, 'begin', CALL], [60, 'end', DONE], ...wholeCall],
    { started: 2, whole: 2, headless: 0, unfinished: 0, refused: 1, secureUs: 12 + 50, betweenUs: 38, perCall: [[1, 1], [2, 1]] },
  ],
  'the recording ends in the secure world of a first round trip': [[...wholeCall, [960, 'begin', CALL]], { started: 2, whole: 1, headless: 0, unfinished: 1, refused: 0, secureUs: 50, betweenUs: 0, perCall: [[1, 1]] }],
  'it ends in the normal world of a call': [[...wholeCall, [960, 'begin', CALL], [970, 'end', RPC]], { started: 2, whole: 1, headless: 0, unfinished: 1, refused: 0, secureUs: 60, betweenUs: 0, perCall: [[1, 1]] }],
  'it ends before a refused call is tried again': [[...wholeCall, [960, 'begin', CALL], [970, 'end', BUSY]], { started: 2, whole: 1, headless: 0, unfinished: 1, refused: 1, secureUs: 60, betweenUs: 0, perCall: [[1, 1]] }],
}

for (const [title, [steps, expected]] of Object.entries(recordings))
  calls(title, async () => {
    for (const [form, write] of Object.entries(forms)) {
      const trace = await importText(write(steps), {}, 'recording')
      assert.equal(told(trace), expected, form)
      agrees(trace)
    }
  })

calls('whatever events are missing, the page and what was left out tell the same', async () => {
  const lines = fixture('ftrace/two-calls.txt').split('\n')
  await fc.assert(
    fc.asyncProperty(fc.subarray([...lines.keys()], { minLength: 4 }), fc.array(fc.nat(40), { maxLength: 2 }), async (kept, losses) => {
      const text = kept.map((line) => lines[line]!)
      for (const at of losses) text.splice(at, 0, 'CPU:1 [LOST 3 EVENTS]')
      const trace = await importText(text.join('\n'), {}, 'x.txt').catch(() => undefined)
      if (trace !== undefined && worldSwitches(trace) !== undefined) agrees(trace)
    }),
    { numRuns: 200 },
  )
})

calls('a fast SMC in a call, in a handler or beside it is no call and cuts none', async () => {
  const [PSCI, TRNG] = ['84000000', 'c4000053']
  const steps: Step[] = [
    [10, 'begin', TRNG], [13, 'end', DONE], //              3 µs beside
    [20, 'begin', CALL], [30, 'begin', PSCI, 'f0'], [34, 'end', '10001', 'f0'], [50, 'end', RPC], // 30 - 4 µs, 4 µs inside
    [60, 'begin', TRNG, 'f0'], [65, 'end', 'ffffffff', 'f0'], // 5 µs while the call waits
    [80, 'begin', RESUME], [85, 'begin', TRNG], [87, 'end', DONE], [100, 'end', DONE], // 20 - 2 µs: the param is the call's own
  ]
  for (const [form, write] of Object.entries(forms)) {
    const trace = await importText(write(steps), {}, 'recording')
    const found = worldSwitches(trace)!
    assert.equal(told(trace), { started: 1, whole: 1, headless: 0, unfinished: 0, refused: 0, secureUs: 3 + 26 + 4 + 5 + 18 + 2, betweenUs: 30 - 5, perCall: [[2, 1]] }, form)
    assert.equal([found.fastSmcs, found.byCall.map(({ call, totalNs }) => [call, totalNs])], [4, [['call-with-regd-arg', 80_000]]], form)
    assert.equal(trace.header.skipped, {}, form)
  }
})

calls('a fast SMC that is cut leaves the call around it whole', async () => {
  const trace = await importText(forms['ftrace text']!([[20, 'begin', CALL], [30, 'begin', '80000000', 'f0'], [50, 'end', RPC], [60, 'begin', RESUME], [80, 'end', DONE]]), {}, 'x.txt')
  assert.equal([told(trace).whole, told(trace).perCall], [1, [[2, 1]]])
  assert.equal(trace.header.skipped, { 'fast SMC without its end': 1 })
})

calls('fast functions of Qualcomm’s events are no calls, unless they sleep', async () => {
  const line = (us: number, text: string): string => `     app-7     [000] .....     ${seconds(us)}: ${text}\n`
  const trace = await importText(
    line(100, 'scm_smc_request: smc_id:0xc2000501 svc_id:0x05') +
      line(104, 'scm_smc_done: smc_id:0xc2000501, ret:0') +
      line(200, 'scm_call: 40 [0x82000601 0x1 0x0 0x0 0x0 0x0 0x0 0x0] (0x0 0x0 0x0 0x0)') +
      line(300, 'scm_call: 60 [0x42000601 0x1 0x0 0x0 0x0 0x0 0x0 0x0] (0x0 0x0 0x0 0x0)') +
      line(400, 'scm_smc_request: smc_id:0xc2000502 svc_id:0x05') +
      line(405, 'scm_waitq_sleep: wq_ctx:0, smc_call_ctx:1') +
      line(455, 'scm_waitq_resume: smc_call_ctx:1') +
      line(460, 'scm_smc_done: smc_id:0xc2000502, ret:0'),
  )
  const found = worldSwitches(trace)!
  assert.equal([found.calls.started, found.calls.whole, found.fastSmcs, found.secureNs, found.betweenNs], [2, 2, 2, (4 + 40 + 60 + 10) * 1000, 50_000])
})

calls('a section that holds a switch has its own time only, on the thread that both are of', async () => {
  const section = (us: number, text: string): string => `     app-77  [001] .....     ${seconds(us)}: tracing_mark_write: ${text}\n`
  const smc = (us: number, what: 'begin' | 'end', a0: string): string => `     app-77  [001] .....     ${seconds(us)}: ${payload(what, a0, 'a1')}\n`
  const trace = await importText(
    section(0, 'B|77|decode') + section(100, 'B|77|matmul_q4') + smc(200, 'begin', CALL) + smc(300, 'end', RPC) + smc(320, 'begin', RESUME) + smc(500, 'end', DONE) + section(700, 'E|77') + section(900, 'E|77'),
    {},
    'x.txt',
  )
  const { ops, strings, header } = trace
  const rows = Array.from(ops.kind, (kind, i) => [opKinds[kind], strings[ops.name[i]!], ops.startNs[i]! / 1000, ops.durationNs[i]! / 1000])
  assert.equal(rows, [
    ['dispatch', 'decode', 0, 100],
    ['matmul', 'matmul_q4', 100, 100],
    ['world-switch', 'call-with-regd-arg', 200, 100],
    ['rpc', 'rpc-command', 300, 20],
    ['world-switch', 'return-from-rpc', 320, 180],
    ['matmul', 'matmul_q4', 500, 200],
    ['dispatch', 'decode', 700, 200],
  ])
  assert.equal([header.lanes, header.skipped], [['app-77'], {}])
  assert.is(ops.durationNs.reduce((sum, ns) => sum + ns, 0), 900_000) // one thread's time
  assert.equal(told(trace).perCall, [[2, 1]])
})

calls.run()
