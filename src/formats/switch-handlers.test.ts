/** Handlers of interrupts in function graphs: whichever rows tell of one, it is taken off once, from leaves and frames alike. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldSwitches } from '../analysis/world-switches.js'
import { importText } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds } from '../trace/words.js'

const handlers = suite('handlers in function graphs')

const BEGIN = 'optee_invoke_fn_begin: param=00000000000000c1 (32000013, 1, 2, 0, 0, 0, 0, 0)'
const END = 'optee_invoke_fn_end: param=00000000000000c1 ret (0, 0, 0, 0)'
const [ENTRY, EXIT] = ['irq_handler_entry: irq=27 name=arch_timer', 'irq_handler_exit: irq=27 ret=handled']

/** Rows: µs, the duration's column, what stands behind the bar or an event. */
type Row = readonly [us: number, duration: string, text: string]

const stamp = (us: number): string => `7.${us.toFixed(3).replace('.', '').padStart(9, '0')}`
const isArrow = (text: string): boolean => /^[=<]/.test(text)
const isFrame = (text: string): boolean => isArrow(text) || /\(\)|^\}/.test(text)
/** The tracer's own columns, with the optional ones of time and task. */
const graph = (rows: readonly Row[]): string =>
  `# tracer: function_graph\n${rows.map(([us, ns, text]) => ` ${stamp(us)} |   1)    app-77   | ${isArrow(text) ? `  ${text}` : `${ns.padStart(12)} |  ${isFrame(text) ? text : `/* ${text} */`}`}`).join('\n')}\n`
const plainGraph = (rows: readonly Row[]): string =>
  `# tracer: function_graph\n ------------------------------------------\n 1)  sh-3  =>  app-77\n ------------------------------------------\n${rows.map(([, ns, text]) => ` 1) ${isArrow(text) ? `  ${text}` : `${ns.padStart(12)} |  ${isFrame(text) ? text : `/* ${text} */`}`}`).join('\n')}\n`
/** As trace-cmd reports it: no arrows. */
const report = (rows: readonly Row[]): string =>
  `version = 7\ncpus=4\n${rows
    .filter(([, , text]) => !isArrow(text))
    .map(([us, ns, text]) => `     app-77    [001]     ${stamp(us)}: ${!isFrame(text) ? text : `${text.startsWith('}') ? 'funcgraph_exit: ' : 'funcgraph_entry:'}  ${ns.padStart(14)} |  ${text}`}`)
    .join('\n')}\n`

const told = (trace: Trace) => {
  const { ops, strings } = trace
  const of = (kind: string) => Array.from(ops.kind, (_, i) => i).filter((i) => opKinds[ops.kind[i]!] === kind).map((i) => [strings[ops.name[i]!]!, ops.durationNs[i]!])
  return { switches: of('world-switch').map(([, ns]) => ns), interrupts: of('interrupt') }
}

const arrowIn: Row = [220, '', '==========> |']
const arrowOut: Row = [262, '', '<========== |']
const frame: Row[] = [[221, '', 'gic_handle_irq() {'], [222, '0.250 us', 'irq_enter_rcu();'], [259, '38.123 us', '}']]
const events: Row[] = [[224, '', ENTRY], [250, '', EXIT]]
const around = (inside: readonly Row[]): Row[] => [[100, '', BEGIN], [101, '', 'optee_smccc_smc() {'], ...inside, [401, '! 300.500 us', '} /* optee_smccc_smc */'], [402, '', END]]
const nested: Row[] = [frame[0]!, ...events, ...frame.slice(1)]

handlers('arrows, frames and events of one handler in an SMC’s frame are one, in every form', async () => {
  // 300.500 µs less the handler's frame of 38.123 µs; events alone are 26 µs apart.
  const byFrame = { switches: [300_500 - 38_123], interrupts: [['arch_timer', 38_123]] }
  const all = around([arrowIn, ...nested, arrowOut])
  assert.equal(told(await importText(graph(all), {}, 'x')), byFrame)
  assert.equal(told(await importText(plainGraph(all), {}, 'x')), byFrame)
  assert.equal(told(await importText(report(all), {}, 'x')), byFrame)
  assert.equal(told(await importText(graph(around(nested)), {}, 'x')), byFrame)
  const named = { switches: [300_500 - 38_123], interrupts: [['irq', 38_123]] }
  assert.equal(told(await importText(graph(around([arrowIn, ...frame, arrowOut])), {}, 'x')), named)
  assert.equal(told(await importText(report(around(frame)), {}, 'x')), { ...named, interrupts: [['gic_handle_irq', 38_123]] })
  const byEvents = { switches: [300_500 - 26_000], interrupts: [['arch_timer', 26_000]] }
  assert.equal(told(await importText(graph(around(events)), {}, 'x')), byEvents)
  assert.equal(told(await importText(report(around(events)), {}, 'x')), byEvents)
  assert.equal(told(await importText(graph(around([arrowIn, ...events, arrowOut])), {}, 'x')), byEvents)
  // Arrows alone: 42 µs of the clock.
  assert.equal(told(await importText(graph(around([arrowIn, arrowOut])), {}, 'x')), { switches: [300_500 - 42_000], interrupts: [['irq', 42_000]] })
})

handlers('a handler behind the leaf of an SMC is not the leaf’s, one that is told to have run in it is', async () => {
  const leaf: Row = [101, '! 300.500 us', 'optee_smccc_smc();']
  const behind: Row[] = [[410, '', ENTRY], [436, '', EXIT]]
  const of = (rows: readonly Row[]): Row[] => [[100, '', BEGIN], leaf, ...rows, [450, '', END]]
  assert.equal(told(await importText(graph(of(behind)), {}, 'x')), { switches: [300_500], interrupts: [['arch_timer', 26_000]] })
  assert.equal(told(await importText(report(of(events)), {}, 'x')), { switches: [300_500 - 26_000], interrupts: [['arch_timer', 26_000]] })
  // Without a pair: a fast SMC.
  assert.equal(told(await importText(graph([leaf, ...events, [500, '', BEGIN], [510, '', END]]), {}, 'x')).switches, [274_500, 10_000])
  assert.equal(told(await importText(graph([leaf, ...behind, [500, '', BEGIN], [510, '', END]]), {}, 'x')).switches, [300_500, 10_000])
})

handlers('two handlers in one frame, a handler within a handler, and an SMC function that calls another', async () => {
  const second = nested.map(([us, ns, text]): Row => [us + 100, ns, text])
  const twice = around([arrowIn, ...nested, arrowOut, [arrowIn[0] + 100, '', arrowIn[2]], ...second, [arrowOut[0] + 100, '', arrowOut[2]]])
  assert.equal(told(await importText(graph(twice), {}, 'x')).switches, [300_500 - 2 * 38_123])
  const within = around([frame[0]!, events[0]!, [226, '', 'irq_handler_entry: irq=9 name=ipi'], [230, '', 'irq_handler_exit: irq=9 ret=handled'], events[1]!, ...frame.slice(1)])
  assert.equal(told(await importText(report(within), {}, 'x')).switches, [300_500 - 38_123])
  const calling = around([[102, '! 290.000 us', '__arm_smccc_smc();']])
  assert.equal(told(await importText(graph(calling), {}, 'x')), { switches: [300_500], interrupts: [] })
  const through = around([[102, '', '__arm_smccc_smc() {'], arrowIn, ...nested, arrowOut, [400, '! 290.000 us', '}']])
  assert.equal(told(await importText(graph(through), {}, 'x')).switches, [300_500 - 38_123])
})

handlers('the frame of a fast SMC is less its handlers, and starts where it began', async () => {
  const trace = await importText(graph([[101, '', 'arm_smccc_smc() {'], arrowIn, ...nested, arrowOut, [401, '! 300.000 us', '}'], [500, '', BEGIN], [510, '', END]]), {}, 'x')
  assert.equal(told(trace), { switches: [300_000 - 38_123, 10_000], interrupts: [['arch_timer', 38_123]] })
  assert.is(trace.ops.startNs[Array.from(trace.ops.kind, (kind) => opKinds[kind]).lastIndexOf('world-switch')]! - trace.ops.startNs[0]!, 500_000 - 101_000)
  const { calls, fastSmcs } = worldSwitches(trace)!
  assert.equal([calls.whole, fastSmcs], [1, 1])
})

handlers('events alone, with and without a frame, leave a pair’s time less the handler', async () => {
  const rows: Row[] = [[100, '', BEGIN], ...events, [402, '', END]]
  assert.equal(told(await importText(report(rows), {}, 'x')), { switches: [302_000 - 26_000], interrupts: [['arch_timer', 26_000]] })
})

handlers('a handler whose time nothing tells is counted; one whose end is lost takes what its frames tell', async () => {
  const trace = await importText(plainGraph(around(events)), {}, 'x')
  assert.equal(told(trace), { switches: [300_500], interrupts: [] })
  assert.equal(trace.header.skipped, { 'handler of an interrupt of which nothing tells how long it took': 1 })
  assert.equal(told(await importText(graph(around([arrowIn, ...frame])), {}, 'x')).switches, [300_500 - 38_123])
  assert.equal(told(await importText(graph(around([events[0]!])), {}, 'x')).switches, [300_500])
})

handlers.run()
