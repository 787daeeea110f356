import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CheckFailed } from '../base/errors.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { compareCells } from './compare.js'
import { resolveDevice } from './device.js'
import { checkConditions, failConditions } from './fail-on.js'
import { consentTo } from './policy-module/consent.js'
import { traceSubject } from './subject.js'

const test = suite('compare')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-compare-'))
test.after(() => rmSync(folder, { recursive: true }))

test('a module is a baseline like a policy: it goes by its path in what is asked and by its hash in what is told', async () => {
  const module = join(folder, 'mine.mjs')
  writeFileSync(module, "export default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'release', pipeline: 'serial', scheduler: 'fifo', startup: 'resident' }\n")
  const policies = ['strawman', 'flexserve', module]
  const { comparison } = await compareCells(traceSubject(sampleTrace({ ops: 300, seed: 5 })), policies, { device: await resolveDevice('rk3588-nanopc-t6'), seed: 1, samples: 0, consent: consentTo([module]) }, module)
  const own = comparison.rows[2]!
  assert.is(comparison.baseline, own.policy)
  assert.match(own.policy, /^mine\.mjs#/)
  assert.equal([own.ttftSpeedup, comparison.rows[0]!.ttftSpeedup], [1, own.ttftNs / comparison.rows[0]!.ttftNs])
  const judge = (text: string): void => checkConditions('t', comparison.rows, failConditions(text, policies), policies, comparison.baseline)
  assert.throws(() => judge(`${module}:speedup<1.1`), (error: unknown) => error instanceof CheckFailed)
  assert.throws(() => judge('strawman:ttft>-99%'), (error: unknown) => error instanceof CheckFailed && error.message.includes(`off ${own.policy}'s`))
})

test.run()
