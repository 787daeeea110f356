import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { costsOf } from '../device/costs.js'
import { devices } from '../device/devices.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { policyOf } from '../policies/policies.js'
import { replay, type Replayed } from '../replay/replay.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { opKinds } from '../trace/words.js'
import { opDifferences, opSpans } from './op-differences.js'

const test = suite('op differences')
const device = devices[0]!
const trace = sampleTrace()
const replayed = (policy: string): Replayed => replay({ trace, policy: policyOf(policy), costs: costsOf(nominal(device), defaultChoices(device)), pressureBytes: 0 })

test('an op lasts from its first task to the end of its last', () => {
  const run = replayed('flexserve')
  const spans = opSpans(trace, run)
  const { tasks } = run.plan.graph
  for (let op = 0; op < trace.ops.length; op++) {
    const own = [...Array(tasks.length).keys()].filter((t) => tasks.op[t] === op)
    const from = Math.min(...own.map((t) => run.schedule.startNs[t]!))
    const to = Math.max(...own.map((t) => run.schedule.startNs[t]! + tasks.durationNs[t]!))
    assert.is(spans[op], own.length === 0 ? 0 : to - from)
  }
})

test('groups add up to all ops, and differ by what their ops differ by', () => {
  const [first, second] = [opSpans(trace, replayed('flexserve')), opSpans(trace, replayed('strawman'))]
  const rows = opDifferences(trace, first, second)
  const sum = (of: Float64Array): number => of.reduce((a, b) => a + b, 0)
  assert.is(rows.reduce((all, { firstNs }) => all + firstNs, 0), sum(first))
  assert.is(rows.reduce((all, { secondNs }) => all + secondNs, 0), sum(second))
  for (const { differenceNs, firstNs, secondNs, kind } of rows) {
    assert.is(differenceNs, firstNs - secondNs)
    assert.ok((opKinds as readonly string[]).includes(kind))
  }
  const sizes = rows.map(({ differenceNs }) => Math.abs(differenceNs))
  assert.equal(sizes, [...sizes].sort((a, b) => b - a))
  assert.equal(opDifferences(trace, first, first).filter(({ differenceNs }) => differenceNs !== 0), [])
})

test.run()
