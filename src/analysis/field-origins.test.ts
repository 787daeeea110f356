import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { collectTrace } from '../trace/collect.js'
import { fieldOrigins } from './field-origins.js'

const origins = suite('field origins')

origins('measured, derived, inferred and unknown are shares that sum to 1', () => {
  const { writer, finish } = collectTrace()
  const rules = [writer.ruleSet({}), writer.ruleSet({ flops: 'matmul-shape', kind: 'op-name' })]
  for (let op = 0; op < 4; op++) {
    const i = writer.push()
    writer.op.startNs[i] = op
    writer.op.kind[i] = op < 3 ? 1 : 0
    writer.op.flops[i] = op * 10
    writer.op.rules[i] = rules[op < 2 ? 0 : 1]!
  }
  const request = { id: 'r', model: -1, arrivalNs: 0, promptTokens: 0, outputTokens: 0 }
  const trace = finish({ name: 't', device: 'd', provenance: { how: 'imported', tool: 't' }, lanes: [''], models: [], tensors: [], requests: [request], dependencies: 'explicit', skipped: {} })
  const found = fieldOrigins(trace)
  for (const { measured, derived, inferred, unknown } of found) assert.is(measured! + derived + inferred + unknown, 1)
  const of = (field: string) => found.find((one) => one.field === field)!
  assert.equal(of('kind'), { field: 'kind', measured: 0.5, derived: 0, inferred: 0.25, unknown: 0.25 }) // a rule that found no kind inferred none
  assert.equal(of('flops'), { field: 'flops', measured: 0.25, derived: 0.5, inferred: 0, unknown: 0.25 })
  assert.is(of('layer').unknown, 1)
})

origins.run()
