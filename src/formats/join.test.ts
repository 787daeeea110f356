import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldSwitches } from '../analysis/world-switches.js'
import { BadInput } from '../base/errors.js'
import { anyTrace } from '../testing/trace-arbitraries.js'
import { importText, lawBroken, memorySource, memoryTools } from '../testing/trace-source.js'
import { collectTrace } from '../trace/collect.js'
import type { Trace } from '../trace/trace.js'
import { isSwitchKind, kindIndex } from '../trace/words.js'
import { exportTrace, detectFormat } from './index.js'
import { alignCalls, alignMarks } from './join/align.js'
import { readJoined, type JoinOptions, type Reading } from './join/join.js'

const join = suite('join')

function readingOf(text: string, file: string): Reading {
  const source = memorySource(text, file)
  const format = detectFormat(source)
  return { file, format: format.id, read: (into) => format.read!(source, into, memoryTools) }
}

async function joined(ops: string, switches: string, options: JoinOptions = {}): Promise<Trace> {
  const { writer, finish } = collectTrace()
  return finish(await readJoined(readingOf(ops, 'ops'), readingOf(switches, 'switches'), writer, memoryTools, options))
}

const line = (us: number, event: string): string => `     llm-7     [000] .....     ${(us / 1e6).toFixed(6)}: ${event}`
const call = (us: number): string[] => [
  line(us, 'optee_invoke_fn_begin: param=00000000000000a1 (32000013, 1, 2, 0, 0, 0, 0, 0)'),
  line(us + 40, 'optee_invoke_fn_end: param=00000000000000a1 ret (0, 0, 0, 0)'),
]
/** Steps of two ops each, `starts` in µs, in our interchange. */
function steps(starts: readonly number[], rules: object = {}): string {
  const { writer, finish } = collectTrace()
  const rule = writer.ruleSet(rules as Record<string, string>)
  starts.forEach((us, step) => {
    for (const late of [0, 300]) {
      const i = writer.push()
      writer.op.startNs[i] = (us + late) * 1000
      writer.op.durationNs[i] = 200_000
      writer.op.step[i] = step
      writer.op.kind[i] = 1
      writer.op.rules[i] = rule
    }
  })
  const request = { id: 'r', model: -1, arrivalNs: 0, promptTokens: 4, outputTokens: starts.length }
  return [
    ...exportTrace(
      finish({ name: 'steps', device: 'd', provenance: { how: 'imported', tool: 't' }, lanes: ['main'], models: [], tensors: [], requests: [request], dependencies: 'program-order', skipped: {} }),
    ),
  ].join('')
}

const starts = [0, 1000, 2300, 3100, 4700]
const marked = starts.flatMap((us, step) => [line(us + 5_000_000, `tracing_mark_write: step ${step} begin`), ...call(us + 5_000_100), line(us + 5_000_700, `tracing_mark_write: step ${step} end`)]).join('\n')

join('marks of the steps give the clock; round trips count to the steps around them', async () => {
  const trace = await joined(steps(starts), marked)
  assert.is(lawBroken(trace), undefined)
  assert.match(trace.header.provenance.note!, /by the marks of 5 of 5 steps; residual 0 in the median/)
  const found = worldSwitches(trace)!
  assert.equal(found.steps.map(({ step, roundTrips }) => [step, roundTrips]), [[0, 1], [1, 1], [2, 1], [3, 1], [4, 1]])
  const first = Array.from(trace.ops.kind).findIndex((kind) => kind === kindIndex['world-switch'])
  assert.is(trace.ops.startNs[first], 100_000)
})

join('without marks, calls at the starts of uneven steps give it', async () => {
  const trace = await joined(steps(starts), starts.flatMap((us) => call(us + 9_000_000)).join('\n'))
  assert.match(trace.header.provenance.note!, /calls at the starts of 5 of 5 steps/)
  assert.is(trace.ops.startNs[0], 0)
})

join('an op profile is laid out from the marks on', async () => {
  const packed = [0, 500, 1000, 1500, 2000]
  const trace = await joined(steps(packed, { startNs: 'file-order' }), marked)
  const own = Array.from(trace.ops.kind, (kind, i) => [kind, i] as const).filter(([kind]) => !isSwitchKind(kind))
  assert.equal(own.filter((_, at) => at % 2 === 0).map(([, i]) => trace.ops.startNs[i]! / 1000), starts)
  assert.match(trace.header.provenance.note!, /ops laid out from the marks of 5 of 5 steps/)
})

join('what fits nowhere, or anywhere, asks for the offset; the given one is taken', async () => {
  const refused = async (ops: string, switches: string, message: RegExp) => {
    try {
      await joined(ops, switches)
    } catch (error) {
      assert.instance(error, BadInput)
      return assert.match((error as Error).message, message)
    }
    assert.unreachable()
  }
  await refused(steps([0, 1000, 2300]), call(5).join('\n'), /--offset/)
  await refused(steps(starts), steps(starts), /recorded world switches .*found "10 operators/)
  await refused(marked, marked, /operators of a model.*behind --join/)
  const trace = await joined(steps(starts), call(5).join('\n'), { offsetNs: -5000 })
  assert.is(trace.ops.startNs[0], 0)
  assert.match(trace.header.provenance.note!, /as given/)
})

join('matching finds a known offset among noise, or says that it cannot', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1_000_000, max: 9_000_000 }), { minLength: 6, maxLength: 40 }), fc.integer({ min: -1e9, max: 1e9 }), fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 40, maxLength: 40 }), (gaps, offset, jitter) => {
      let at = 0
      const a = gaps.map((gap) => (at += gap))
      const b = a.map((ns, i) => ns - offset + jitter[i]!)
      const found = alignCalls(a, [...b].sort((x, y) => x - y))
      if (found !== undefined) assert.ok(Math.abs(found.offsetNs - offset) <= 1_000_000, `${found.offsetNs} for ${offset}`)
      const marks = alignMarks(new Map(a.map((ns, i) => [i, ns])), new Map(b.map((ns, i) => [i, ns])))!
      assert.ok(Math.abs(marks.offsetNs - offset) <= 2000)
    }),
  )
  assert.is(alignCalls([0, 10, 20, 30], [5]), undefined)
})

join('any trace keeps its ops, order and dependencies beside the switches', async () => {
  await fc.assert(
    fc.asyncProperty(anyTrace, fc.integer({ min: -5_000_000, max: 5_000_000 }), async (trace, offsetNs) => {
      const own = Array.from(trace.ops.kind).every((kind) => !isSwitchKind(kind))
      if (!own || trace.ops.length === 0) return
      const text = [...exportTrace(trace)].join('')
      if (trace.ops.startNs.some((ns, i) => ns + trace.ops.durationNs[i]! > 1e15)) return
      const both = await joined(text, marked, { offsetNs })
      assert.is(lawBroken(both), undefined)
      const kept = Array.from(both.ops.kind, (kind, i) => [kind, i] as const).flatMap(([kind, i]) => (isSwitchKind(kind) ? [] : [i]))
      assert.equal(kept.map((i) => both.ops.durationNs[i]), Array.from(trace.ops.durationNs))
      const again = await importText(text)
      kept.forEach((i, at) => {
        const waits = Array.from(both.after.to.subarray(both.after.first[i]!, both.after.first[i + 1]!), (to) => kept.indexOf(to))
        assert.equal(waits, Array.from(again.after.to.subarray(again.after.first[at]!, again.after.first[at + 1]!)))
      })
    }),
    { numRuns: 60 },
  )
})

join.run()
