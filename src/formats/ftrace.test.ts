
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldSwitches } from '../analysis/world-switches.js'
import { BadInput } from '../base/errors.js'
import { fixture, importText, lawBroken, memorySource, memoryTools, onPath } from '../testing/trace-source.js'
import { traceCmdReport } from '../store/trace-cmd.js'
import type { Trace } from '../trace/trace.js'
import { opKinds } from '../trace/words.js'
import { parseEventLine } from './ftrace/line.js'
import { parseSmc } from './ftrace/smc-words.js'
import { detectFormat } from './index.js'

const ftrace = suite('ftrace')

const opsOf = ({ ops, strings, header }: Trace) =>
  Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.name[i]!]!, strings[ops.type[i]!]!, header.lanes[ops.lane[i]!]!, ops.startNs[i]!, ops.durationNs[i]!] as const)

ftrace('pairs by task, calls across RPCs and CPUs; handlers are taken off; a refused call is tried again', async () => {
  const trace = await importText(fixture('ftrace/two-calls.txt'))
  const marks = opsOf(trace).filter(([kind]) => kind === 'mark')
  assert.equal(marks.map(([, name, , , startNs]) => [name, startNs]), [['step 3 begin', 0], ['step 3 end', 600_000]])
  const fromFirst = opsOf(trace).filter(([kind]) => kind !== 'mark').map(([kind, name, type, lane, startNs, ns]) => [kind, name, type, lane, startNs - 100_000, ns])
  assert.equal(fromFirst, [
    ['world-switch', 'call-with-regd-arg', 'foreign-interrupt', 'llm server-41', 0, 110_000],
    ['interrupt', 'timer', 'handler', 'llm server-41 interrupts', 100_000, 40_000],
    ['rpc', 'foreign-interrupt', 'foreign-interrupt', 'llm server-41', 150_000, 10_000],
    ['world-switch', 'call-with-regd-arg', 'thread-limit', 'other-task-9', 155_000, 10_000],
    ['world-switch', 'return-from-rpc', 'rpc-command', 'llm server-41', 160_000, 100_000],
    ['rpc', 'thread-limit', 'thread-limit', 'other-task-9', 165_000, 435_000],
    ['rpc', 'rpc-command', 'rpc-command', 'llm server-41', 260_000, 140_000],
    ['world-switch', 'return-from-rpc', 'done', 'llm server-41', 400_000, 50_000],
    ['world-switch', 'call-with-regd-arg', 'done', 'other-task-9', 600_000, 100_000],
  ])
  const found = worldSwitches(trace)!
  assert.equal(found.calls, { started: 2, whole: 2, headless: 0, unfinished: 0, refused: 1 })
  assert.equal(found.perCall, [{ roundTrips: 2, calls: 1 }, { roundTrips: 3, calls: 1 }])
  assert.is(found.secureNs, 370_000)
  assert.is(found.interruptNs, 40_000)
  assert.equal(found.steps.map(({ step, calls, roundTrips }) => [step, calls, roundTrips]), [[3, 2, 4]])
  assert.equal(trace.header.skipped, { 'event overwritten in the ring (its header)': 2 })
  assert.match(trace.header.provenance.note!, /lower bound/)
})

ftrace('what lost its partner is counted, never paired with another call', async () => {
  const trace = await importText(fixture('ftrace/damaged.txt'))
  const found = worldSwitches(trace)!
  assert.equal(found.calls, { started: 3, whole: 0, headless: 2, unfinished: 3, refused: 0 })
  assert.equal(trace.header.skipped, {
    'begin without its end': 1,
    'call without its end': 2,
    'call without its head': 2,
    'end without its begin': 1,
    'event lost (LOST lines)': 12,
    'line that is no event': 1,
    'optee_invoke_fn_end that cannot be read': 1,
  })
})

ftrace('a function graph without a clock gives SMC times: the leaf, or the frame less its handlers, and fast calls', async () => {
  const trace = await importText(fixture('ftrace/graph.txt'))
  assert.equal(
    opsOf(trace).map(([kind, name, type, lane, , ns]) => [kind, name, type, lane, ns]),
    [
      ['world-switch', 'optee_open_session', 'rpc-command', 'app-77', 300_500],
      ['rpc', 'rpc-command', 'rpc-command', 'app-77', 0],
      ['interrupt', 'irq', 'handler', 'app-77 interrupts', 40_000],
      ['world-switch', 'return-from-rpc', 'done', 'app-77', 100_000],
      ['world-switch', 'fast-call', 'done', 'app-77', 11_250],
    ],
  )
  const { calls, fastSmcs } = worldSwitches(trace)!
  assert.equal([calls.started, calls.whole, fastSmcs], [1, 1, 1])
})

ftrace('names hold blanks, dashes and colons; the forms of a header are one', () => {
  const lines = [
    '   a - b: [x]-c-107     [001] .....     3.005490: ev: p',
    '   a - b: [x]-c-107     (    165) [001] d.h..     3.005490: ev: p',
    '   a - b: [x]-c-107   [001]     3.005490000: ev:    p',
    '   a - b: [x]-c-107   [001] dn.h1..     3.005490: ev: p',
    'a - b: [x]-c-107     1d.h..    3.005490000: ev: p',
    'a - b: [x]-c-107       1..... 3005490us+: ev: p',
  ]
  for (const line of lines)
    assert.equal(parseEventLine(line), { comm: 'a - b: [x]-c', pid: 107, cpu: 1, timeNs: 3_005_490_000, event: 'ev', payload: 'p' }, line)
  assert.is(parseEventLine('text of an answer: 3.5'), undefined)
})

ftrace('registers are read from both forms', () => {
  assert.equal(parseSmc('param=0xffff80000849bad8 (32000013, ffff165a, 0)')?.registers, [0x32000013, 0xffff165a, 0])
  assert.equal(parseSmc('param=00a1 args=ARRAY[13, 00, 00, 32, 01, 00, 00, 00]'), { param: 'a1', registers: [0x32000013, 1] })
  assert.is(parseSmc('nothing'), undefined)
})

ftrace('vendor SMC events are paired as well', async () => {
  const line = (at: string, event: string) => `     app-7     [000] .....     ${at}: ${event}`
  const trace = await importText([line('1.000001', 'scm_call_start: func id=0x2000501'), line('1.000021', 'scm_call_end: ret: 0x0, 0x0, 0x0')].join('\n'))
  assert.is(trace.ops.durationNs[0], 20_000)
})

ftrace('a trace without a world switch says what it holds', async () => {
  const text = ' sh-1 [000] 1.000001: sched_waking: comm=x pid=2\n sh-1 [000] 1.000002: sched_waking: comm=y pid=3\n'
  try {
    await importText(text)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, BadInput)
    assert.match((error as Error).message, /2 events without one: 2 sched_waking.*trace-cmd record -e optee/)
  }
})

ftrace('any mix of its own lines gives a lawful trace or a refusal', async () => {
  const lines = [...fixture('ftrace/two-calls.txt').split('\n'), ...fixture('ftrace/damaged.txt').split('\n'), ...fixture('ftrace/graph.txt').split('\n')]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...lines), { maxLength: 60 }), async (mixed) => {
      try {
        assert.is(lawBroken(await importText(mixed.join('\n'), {}, 'mixed')), undefined)
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
      }
    }),
    { numRuns: 300 },
  )
})

ftrace('a graph of a trusted application: leaves, frames less their callees, frames without an end counted', async () => {
  const trace = await importText(fixture('optee-graph/ta.txt'))
  assert.equal(opsOf(trace).map(([, name, type, , , ns]) => [name, type, ns]), [
    ['ta_setup', 'leaf', 1500],
    ['check', 'leaf', 250],
    ['copy_out', 'leaf', 2000],
    ['ta_invoke', 'function', 7750],
  ])
  assert.equal(trace.header.lanes, ['11111111-2222-3333-4444-555555555555'])
  assert.equal(trace.header.skipped, { 'frame that is never closed': 2 })
})

ftrace('a .dat without the program, or one that it cannot read, is refused with the way out', async () => {
  const bytes = Uint8Array.from([0x17, 0x08, 0x44, ...new TextEncoder().encode('tracing6\0'), 0, 8, 0, 16, 0, 0])
  assert.is(detectFormat(memorySource(bytes)).id, 'trace-cmd-dat')
  const refused = async (tools: object, message: RegExp) => {
    try {
      await importText(bytes, tools)
    } catch (error) {
      assert.instance(error, BadInput)
      return assert.match((error as Error).message, message)
    }
    assert.unreachable()
  }
  await refused({}, /apt-get install trace-cmd/)
  if (onPath('trace-cmd')) await refused({ ...memoryTools, traceCmdReport: () => traceCmdReport('/nonexistent.dat') }, /that trace-cmd can read/)
})

ftrace('Qualcomm’s event of older kernels tells a call at its end; sections of apps stand beside, counters are counted', async () => {
  const line = (us: number, text: string): string => `     app-77  [001] .....     2.${String(us).padStart(6, '0')}: ${text}\n`
  const trace = await importText(
    line(100, 'tracing_mark_write: S|77|copy|5') +
      line(300, 'scm_call: 120 [0x42000801 0x1 0x2 0x0 0x0 0x0 0x0 0x0] (0x0 0x0 0x0 0x0)') +
      line(400, 'tracing_mark_write: C|77|tokens|12') +
      line(500, 'tracing_mark_write: F|77|copy|5') +
      line(600, 'tracing_mark_write: B|77|soft|max') +
      line(650, 'tracing_mark_write: E'),
  )
  assert.equal(opsOf(trace), [
    ['copy', 'copy', 'copy', 'process 77 asynchronous sections', 0, 400_000],
    ['world-switch', 'smc-0x42000801', 'done', 'app-77', 80_000, 120_000],
    ['elementwise', 'soft|max', 'soft|max', 'app-77', 500_000, 50_000],
  ])
  assert.equal(trace.header.skipped, { 'counter or instant of ATrace': 1 })
})

ftrace.run()
