import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { etdumpBytes } from '../testing/etdump-file.js'
import { fixture, importText, lawBroken, sharedTrace } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'

const executorch = suite('ExecuTorch')
const rowsOf = ({ ops, strings }: Trace) =>
  Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.type[i]!]!, strings[ops.name[i]!]!, phases[ops.phase[i]!]!, processorNames[ops.processor[i]!]!, ops.durationNs[i]!] as const)
const rulesOf = ({ ops, header }: Trace, i: number) => header.ruleSets[ops.rules[i]!]!
const sumNs = ({ ops }: Trace) => ops.durationNs.reduce((sum, ns) => sum + ns, 0)
/** The Inspector takes a tick for a nanosecond. */
const ticks = { clockHz: 1e9 }

async function refused(content: string | Uint8Array, message: RegExp): Promise<void> {
  try {
    await importText(content)
  } catch (error) {
    assert.instance(error, BadInput)
    return assert.match((error as Error).message, message)
  }
  assert.unreachable('it was read')
}

executorch('executorch: the Inspector’s table in bars and tabs, ms and cycles', async () => {
  const table = await importText(fixture('executorch-inspector/table.txt'))
  assert.equal(rowsOf(table).map(([kind, , name, , processor, ns]) => [kind, name, processor, ns]), [
    ['other', 'Method::init', 'cpu', 1_500_000],
    ['matmul', 'native_call_addmm.out', 'cpu', 21_500],
    ['matmul', 'Fully Connected GEMM #1', 'npu', 125_000],
    ['dispatch', 'Method::execute', 'cpu', 500_000 - 21_500 - 125_000],
  ])
  const tsv = await importText(fixture('executorch-inspector/table.tsv'))
  assert.equal([tsv.ops.durationNs[0], rulesOf(tsv, 0)['durationNs']], [500, 'cycles-by-root-time'])
  assert.equal(tsv.header.skipped, { 'meter of a whole execution': 2, 'event of the host, in a table of the delegate’s cycles': 2 })
  const gpu = await importText(fixture('executorch-inspector/gpu.txt'))
  assert.equal(rowsOf(gpu).map(([, , name, phase, processor, ns]) => [name, phase, processor, ns]), [
    ['Program::load_method', 'load', 'cpu', 3_000_000],
    ['ETVK_COPY_INPUTS', 'other', 'gpu', 500_000],
    ['linear_naive_half_3', 'other', 'gpu', 250_000],
    ['ETVK_COMPUTE_GRAPH_EXECUTE', 'other', 'cpu', 1_000_000 - 250_000],
    ['DELEGATE_CALL', 'other', 'cpu', 2_000_000 - 500_000 - 1_000_000],
    ['DELEGATE_CALL', 'other', 'cpu', 7_000_000],
    ['OPERATOR_CALL', 'other', 'cpu', 1_000_000],
    ['Method::execute', 'other', 'cpu', 9_000_000 - 7_000_000 - 1_000_000],
  ])
  assert.is(sumNs(gpu), 3_000_000 + 2_000_000 + 9_000_000, 'what encloses all of each block')
  assert.equal([...gpu.ops.step], [0, 0, 0, 0, 0, 1, 1, 1])
  assert.equal(gpu.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[0, 0]], 'runs of a graph are no tokens')
  assert.is(gpu.header.device, 'unknown (ExecuTorch, VulkanBackend)')
})

executorch('cycles without root rows need a clock, in a table of ms too', async () => {
  const tsv = fixture('executorch-inspector/table.tsv').replace(/^.*time.*\n/gm, '')
  await refused(tsv, /^test:2: avg: expected a time, found "1000 cycles"; give the clock, `import FILE --clock 1\.2GHz`$/)
  const given = await importText(tsv, { clockHz: 8e8 })
  assert.equal([[...given.ops.durationNs], rulesOf(given, 0)['durationNs']], [[1250], 'clock-given'])
  const inMs = tsv.replace('avg (cycles)', 'avg (ms)').replace('1000.0', '0.001')
  await refused(inMs, /found "1000 cycles"/)
  assert.is((await importText(inMs, { clockHz: 8e8 })).ops.durationNs[0], 1250)
})

executorch('a delegate that logs ns in a table of ms is read in ns, by the call around it, or refused', async () => {
  const text = fixture('executorch-inspector/delegate-ns.txt')
  const trace = await importText(text)
  assert.equal(rowsOf(trace).map(([kind, , , phase, , ns]) => [kind, phase, ns]), [
    ['other', 'load', 12_500_000],
    ['matmul', 'other', 900_000],
    ['matmul', 'other', 400_000],
    ['dispatch', 'other', 200_000],
    ['dispatch', 'other', 100_000],
  ])
  assert.is(rulesOf(trace, 1)['durationNs'], 'unit-by-call-around')
  await refused(text.replaceAll('900000 ', '9000000000 '), /events of a delegate within the call around them/)
})

const blocks = [
  { name: 'Default', events: [['Method::init', 10, 20], ['Program::load_method', 5, 30]] },
  { name: 'Execute', events: [['native_call_addmm.out', 110, 150], ['OPERATOR_CALL', 105, 155], ['native_call_relu.out', 170, 180], ['Method::execute', 100, 200]] },
  { name: 'Execute', events: [['native_call_addmm.out', 310, 350]] },
] as const

executorch('etdump: innermost events by start, with or without the size in front', async () => {
  for (const isSized of [true, false]) {
    const trace = await importText(etdumpBytes(blocks, isSized), ticks)
    assert.equal(rowsOf(trace).map(([kind, , name, phase, , ns], i) => [kind, name, phase, trace.ops.startNs[i], ns, trace.ops.step[i]]), [
      ['dispatch', 'Program::load_method', 'load', 0, 5, 0],
      ['other', 'Method::init', 'load', 5, 10, 0],
      ['dispatch', 'Program::load_method', 'load', 15, 10, 0],
      ['dispatch', 'Method::execute', 'other', 95, 5, 0],
      ['dispatch', 'OPERATOR_CALL', 'other', 100, 5, 0],
      ['matmul', 'native_call_addmm.out', 'other', 105, 40, 0],
      ['dispatch', 'OPERATOR_CALL', 'other', 145, 5, 0],
      ['dispatch', 'Method::execute', 'other', 150, 15, 0],
      ['activation', 'native_call_relu.out', 'other', 165, 10, 0],
      ['dispatch', 'Method::execute', 'other', 175, 20, 0],
      ['matmul', 'native_call_addmm.out', 'other', 305, 40, 1],
    ])
    assert.is(sumNs(trace), 30 - 5 + (200 - 100) + (350 - 310))
    assert.equal(trace.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[0, 0]])
    assert.equal(trace.header.skipped, {})
  }
})

executorch('etdump: ticks are no time without a clock', async () => {
  await refused(etdumpBytes(blocks), /expected a time, found "raw ticks"; give the clock, `import FILE --clock 1\.2GHz`/)
  const slow = await importText(etdumpBytes(blocks), { clockHz: 19.2e6 })
  assert.equal([slow.ops.durationNs[1], rulesOf(slow, 1)['durationNs']], [Math.round((10 * 1e9) / 19.2e6), 'clock-given'])
  assert.ok(Math.abs(sumNs(slow) - (165 * 1e9) / 19.2e6) <= slow.ops.length)
})

executorch('etdump: a delegate’s events by their identifier; those on a clock of its own are left to its call', async () => {
  const trace = await importText(
    etdumpBytes([
      {
        name: 'Execute',
        events: [
          ['Fully Connected GEMM #1', 110, 110, 'delegate'],
          ['Softmax #1', 110, 150, 'delegate'],
          [7, 150, 160, 'delegate'],
          ['DELEGATE_CALL', 105, 170],
          ['aten_add:OpId_3 (cycles)', 0, 70, 'delegate'],
          ['DELEGATE_CALL', 180, 190],
          ['native_call_relu.out', 200, 210],
          ['OPERATOR_CALL', 200, 210],
          ['Method::execute', 100, 220],
        ],
      },
    ]),
    ticks,
  )
  const isOp = ([kind]: readonly [string, ...unknown[]]): boolean => kind !== 'dispatch'
  assert.equal(rowsOf(trace).filter(isOp).map(([kind, , name, , , ns]) => [kind, name, ns]), [
    ['matmul', 'Fully Connected GEMM #1', 0],
    ['softmax', 'Softmax #1', 40],
    ['other', 'delegate op 7', 10],
    ['other', 'DELEGATE_CALL', 10],
    ['activation', 'native_call_relu.out', 10],
  ])
  assert.is(sumNs(trace), 220 - 100)
  assert.equal(trace.header.skipped, { 'delegate event on a clock of its own': 1 })
  assert.match(trace.header.provenance.note!, /in ticks: run 120$/)
})

executorch('etdump: offsets that lead out of the file are refused, never followed', async () => {
  const bytes = etdumpBytes(blocks)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), async (at, byte, length) => {
      const damaged = bytes.slice(0, Math.max(12, length))
      if (at >= 12 || at < 4) damaged[Math.min(at, damaged.length - 1)] = byte
      try {
        assert.is(lawBroken(await importText(damaged, ticks)), undefined)
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
      }
    }),
    { numRuns: 400 },
  )
})

executorch('what a tutorial’s CNN spent its time on', async () => {
  const bytes = sharedTrace('etdump/tutorial-cnn.etdp')
  if (bytes === undefined) return
  const trace = await importText(bytes, ticks)
  const byKind: Record<string, number> = {}
  for (const [kind, , , phase, , ns] of rowsOf(trace)) if (phase !== 'load') byKind[kind] = (byKind[kind] ?? 0) + ns
  assert.equal(Object.entries(byKind).sort(([, a], [, b]) => b - a)[0]![0], 'matmul', 'convolutions take the most')
  assert.ok((byKind['other'] ?? 0) < 0.3 * 1_898_821)
  assert.equal([...new Set(rowsOf(trace).map(([, , , phase]) => phase))], ['load', 'other'], 'no prefill in a detector')
})

executorch.run()
