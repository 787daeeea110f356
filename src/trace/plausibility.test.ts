import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { plausibleTrace, wildTrace, writePlain, type PlainTrace } from '../testing/plausible-trace.js'
import { slowFindings, type PlainOp } from '../testing/slow-plausibility.js'
import { collectTrace } from './collect.js'
import { doubtsOf } from './plausibility.js'
import { lawIds, laws, type LawId } from './plausibility-law.js'
import type { Doubt, RuleSet, Trace } from './trace.js'
import { CHUNK_OPS, TraceWriter, type HeaderFacts } from './writer.js'

const law = suite('plausibility')

function examined(plain: PlainTrace, changed: Partial<HeaderFacts> = {}) {
  const writer = new TraceWriter(() => {})
  return writer.examine(writePlain(plain, writer, changed))
}
function written(plain: PlainTrace, changed: Partial<HeaderFacts> = {}): Trace {
  const { writer, finish } = collectTrace()
  return finish(writePlain(plain, writer, changed))
}
const bare = ({ law: id, ops, ns }: Doubt) => ({ law: id, ops, ns })

/** A breach of each law in a recording that breaks none. `pick` chooses where. */
const breaches: Readonly<Record<LawId, (trace: PlainTrace, pick: number) => void>> = {
  'bytes-rate': (trace, pick) => change(trace, pick, (op) => op.kind !== 'view', (op) => ({ bytes: 50_001 * (op.durationNs + 1) })),
  'flops-rate': (trace, pick) => change(trace, pick, (op) => op.kind !== 'view', (op) => ({ flops: 20_000_001 * (op.durationNs + 1) })),
  'view-moves': (trace, pick) => change(trace, pick, (op) => op.kind === 'view', () => (pick % 2 === 0 ? { bytes: 1 } : { flops: 1 })),
  'self-time': (trace, pick) => {
    const around = chosen(trace, pick, (op) => op.processor === 'cpu' && op.kind !== 'other')
    trace.ops.push({ ...around, kind: 'norm', tensor: -1, startNs: around.startNs + 3, durationNs: around.durationNs >> 2, bytes: 0 })
  },
  'stream-overlap': (trace, pick) => untilNext(trace, pick, (next) => Math.ceil(next.durationNs / 2)),
  'overlap-kept': (trace, pick) => untilNext(trace, pick, (next, op) => Math.floor(Math.min(next.durationNs, op.durationNs) / 2.2)),
  'other-share': (trace) => {
    const last = trace.ops.at(-1)!
    trace.ops.push({ ...last, kind: 'other', tensor: -1, m: 0, startNs: last.startNs + last.durationNs, durationNs: trace.ops.reduce((ns, op) => ns + op.durationNs, 0), flops: 0, bytes: 0 })
  },
  weights: (trace, pick) => {
    const [model] = trace.facts.models
    trace.facts = { ...trace.facts, models: [{ ...model!, weightBytes: Math.round(model!.weightBytes * [0.94, 1.07, 2][pick % 3]!) }] }
  },
  layers: (trace, pick) => {
    const [model] = trace.facts.models
    trace.facts = { ...trace.facts, models: [{ ...model!, layers: model!.layers + [-1, 1, 30][pick % 3]! }] }
  },
  batch: (trace, pick) => {
    const [request] = trace.facts.requests
    if (pick % 3 === 0) trace.facts = { ...trace.facts, requests: [{ ...request!, promptTokens: 1_000_001 }] }
    else for (const [i, op] of trace.ops.entries()) if (op.kind === 'matmul' && op.phase === (pick % 3 === 1 ? 'decode' : 'prefill')) trace.ops[i] = { ...op, m: op.m * 16 }
  },
  'step-phase': (trace, pick) => change(trace, pick, (op) => op.kind !== 'matmul', (op) => ({ phase: op.phase === 'decode' ? 'prefill' : 'decode' })),
}
const indexOf = ({ ops }: PlainTrace, pick: number, of: (op: PlainOp) => boolean): number => {
  const all = [...ops.keys()].filter((i) => of(ops[i]!))
  return all[pick % all.length]!
}
const chosen = (trace: PlainTrace, pick: number, of: (op: PlainOp) => boolean): PlainOp => trace.ops[indexOf(trace, pick, of)]!
function change(trace: PlainTrace, pick: number, of: (op: PlainOp) => boolean, to: (op: PlainOp) => Partial<PlainOp>): void {
  const i = indexOf(trace, pick, of)
  trace.ops[i] = { ...trace.ops[i]!, ...to(trace.ops[i]!) }
}
/** An op of the stream lasts into the next one of the stream. */
function untilNext(trace: PlainTrace, pick: number, overlapNs: (next: PlainOp, op: PlainOp) => number): void {
  const onStream = [...trace.ops.keys()].filter((i) => trace.ops[i]!.lane === 1)
  const at = pick % (onStream.length - 1)
  const [op, next] = [trace.ops[onStream[at]!]!, trace.ops[onStream[at + 1]!]!]
  trace.ops[onStream[at]!] = { ...op, durationNs: next.startNs + overlapNs(next, op) - op.startNs }
}

law('a recording that keeps the laws has no doubts', () => {
  fc.assert(fc.property(plausibleTrace, (plain) => assert.is(written(plain).header.doubts, undefined)))
})

for (const id of lawIds)
  law(`${id}: a breach is found, and nothing else`, () => {
    fc.assert(
      fc.property(plausibleTrace, fc.nat(1000), (plain, pick) => {
        breaches[id](plain, pick)
        const { findings } = examined(plain)
        assert.equal(findings.map((finding) => finding.law), [id])
        assert.ok(findings[0]!.words.length > 20)
      }),
    )
  })

law('the loops over columns find what the laws over plain objects find', () => {
  fc.assert(
    fc.property(wildTrace, (plain) => assert.equal(examined(plain).findings.map(bare), slowFindings(plain.ops, plain.facts).sort((a, b) => lawIds.indexOf(a.law as LawId) - lawIds.indexOf(b.law as LawId)))),
    { numRuns: 700 },
  )
})

law('across chunks too', () => {
  const [plain] = fc.sample(plausibleTrace, { numRuns: 1, seed: 3 })
  const times = Math.ceil((CHUNK_OPS * 1.4) / plain!.ops.length)
  const spanNs = plain!.ops.at(-1)!.startNs + 200_000
  const long = { ...plain!, ops: Array.from({ length: times }, (_, t) => plain!.ops.map((op) => ({ ...op, startNs: op.startNs + t * spanNs }))).flat() }
  for (const [t, id] of (['bytes-rate', 'view-moves', 'self-time', 'overlap-kept'] as const).entries()) breaches[id](long, 70_000 + 9_000 * t)
  assert.equal(examined(long).findings.map(bare), slowFindings([...long.ops].sort((a, b) => a.startNs - b.startNs), long.facts))
})

law('30 % of the time in ops that break a law is a refusal, less is not; a synthetic trace is no recording', () => {
  const [plain] = fc.sample(plausibleTrace, { numRuns: 1, seed: 1 })
  const totalNs = plain!.ops.reduce((ns, op) => ns + op.durationNs, 0)
  const with_ = (share: number, field: 'bytes' | 'flops'): PlainTrace => {
    let brokenNs = 0
    const ops = plain!.ops.map((op) => {
      if (op.kind === 'view' || brokenNs >= totalNs * share) return op
      brokenNs += op.durationNs
      return { ...op, [field]: 1e14 }
    })
    return { ...plain!, ops }
  }
  for (const [field, id] of [['bytes', 'bytes-rate'], ['flops', 'flops-rate']] as const) {
    const doubted = written(with_(0.1, field))
    assert.equal(doubted.header.doubts!.map((doubt) => doubt.law), [id])
    assert.is(doubted.ops[field].filter((value) => value === 1e14).length, 0)
    try {
      written(with_(0.35, field))
      assert.unreachable()
    } catch (error) {
      assert.instance(error, BadInput)
      assert.is((error as BadInput).place.field, id)
      assert.match((error as Error).message, /^plain: \w+-rate: expected at most .*% of the time in \d+ ops.*--clock HZ/)
    }
    assert.is(written(with_(0.35, field), { provenance: { how: 'synthetic', tool: 't' } }).header.doubts!.length, 1)
  }
})

law('rows that most of the time is spent on tell a batch, a single matmul does not', () => {
  const [plain] = fc.sample(plausibleTrace.filter((one) => one.facts.requests[0]!.batch === undefined), { numRuns: 1, seed: 4 })
  const decode = plain!.ops.filter((op) => op.kind === 'matmul' && op.phase === 'decode')
  const [first, second, third] = decode
  const rows = (ofFirst: number): PlainTrace => ({
    ...plain!,
    ops: plain!.ops.map((op) => (decode.includes(op) ? { ...op, m: op === first ? 16 : op === second ? 2 : 1, durationNs: op === first ? ofFirst : op === second || op === third ? 300 : 0, flops: 0, bytes: 0 } : op)),
  })
  assert.equal(examined(rows(590)).findings, [])
  assert.equal(examined(rows(610)).findings.map(bare), [{ law: 'batch', ops: 0, ns: 0 }])
})

law('lanes refuse a recording whose lanes are orders, not one that says itself what waits for what', () => {
  const [plain] = fc.sample(plausibleTrace, { numRuns: 1, seed: 5 })
  for (const [i, op] of plain!.ops.entries()) if (i % 2 === 0) plain!.ops[i] = { ...op, durationNs: op.durationNs * 6 }
  assert.throws(() => written(plain!), /self-time: expected ops of a thread one after another.*inside another of their thread/)
  assert.ok(written(plain!, { dependencies: 'explicit' }).header.doubts!.some((doubt) => doubt.law === 'self-time'))
})

law('a time is believed to a tick of the recording: a short op may be rounded to 0', () => {
  const [plain] = fc.sample(plausibleTrace, { numRuns: 1, seed: 2 })
  const whole = { ...plain!, ops: plain!.ops.map((op) => ({ ...op, startNs: op.startNs * 1000, durationNs: op.durationNs * 1000 })) }
  const zero = (bytes: number): PlainTrace => ({ ...whole, ops: whole.ops.map((op, i) => (i === 4 ? { ...op, kind: 'copy', tensor: -1, durationNs: 0, bytes } : op)) })
  assert.equal(examined(zero(50_000_000)).findings.map(bare), [])
  assert.equal(examined(zero(50_000_001)).findings.map(bare), [{ law: 'bytes-rate', ops: 1, ns: 0 }])
})

law('a field without a value is marked as inferred by nobody, one that was left unknown neither', () => {
  const { writer, finish } = collectTrace()
  const rules: RuleSet = { kind: 'op-name', layer: 'node-name', dataType: 'op-type', tensor: 'model-name', m: 'dims', bytes: 'input-dims', flops: 'input-dims', phase: 'between-passes' }
  const id = writer.ruleSet(rules)
  const fill = (values: Partial<Record<'kind' | 'layer' | 'dataType' | 'm' | 'bytes' | 'flops', number>>): void => {
    const i = writer.push()
    for (const [field, value] of Object.entries(values)) writer.op[field as 'kind'][i] = value
    writer.op.durationNs[i] = 10
    writer.op.startNs[i] = 10 * i
    writer.op.rules[i] = id
  }
  fill({ kind: 2, layer: 0, dataType: 1, m: 3, bytes: 100, flops: 7 })
  fill({ bytes: 1e9 })
  const request = { id: 'r', model: -1, arrivalNs: 0, promptTokens: 0, outputTokens: 0 }
  const trace = finish({ name: 'n', device: 'd', provenance: { how: 'synthetic', tool: 't' }, lanes: [''], models: [], tensors: [], requests: [request], dependencies: 'explicit', skipped: {} })
  const { tensor: _, ...known } = rules
  assert.equal(trace.header.ruleSets[trace.ops.rules[0]!], known)
  assert.equal(trace.header.ruleSets[trace.ops.rules[1]!], { flops: 'input-dims', phase: 'between-passes' })
})

law('doubts of a header stay, found ones are added once: whole laws are found again, corrected ones are not', () => {
  const doubt = (id: string, ops: number): Doubt => ({ law: id, ops, ns: ops * 10, words: `${id} ${ops}` })
  const found = (id: LawId, ops: number) => ({ ...doubt(id, ops), law: id })
  assert.equal(doubtsOf([doubt('of-another-version', 1), doubt('weights', 0), doubt('bytes-rate', 3)], []), [doubt('bytes-rate', 3), doubt('weights', 0), doubt('of-another-version', 1)])
  assert.equal(doubtsOf([doubt('weights', 0)], [found('weights', 0)]), [doubt('weights', 0)])
  assert.equal(doubtsOf([doubt('bytes-rate', 3)], [found('bytes-rate', 2)]), [{ law: 'bytes-rate', ops: 5, ns: 50, words: 'bytes-rate 3; then bytes-rate 2' }])
})

law('every law says what holds, and what to do where it refuses', () => {
  for (const id of lawIds) {
    assert.ok(laws[id].holds.length > 10)
    assert.is(laws[id].refuses !== 'never', laws[id].hint !== '')
  }
})

law.run()
