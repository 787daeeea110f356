import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CheckFailed, UsageFault } from '../base/errors.js'
import type { ComparisonRow } from '../analysis/compared-tables.js'
import { checkConditions, failConditions } from './fail-on.js'

const test = suite('--fail-on')
const policies = ['strawman', 'optimized-strawman?allocate=inside']
const row = (policy: string): ComparisonRow => ({ trace: 't', policy, ttftNs: 4e9, tpotNs: 3e8, e2eNs: 9e9, ttftSpeedup: 6, tpotSpeedup: 1, switchNs: 1, switchShare: 0.04, switchPerStepNs: 1, npuModeSwitchesPerStep: 0, worldSwitchesPerStep: 0, predictedShare: 1 })
const check = (text: string): void => checkConditions('t', policies.map(row), failConditions(text, policies), policies)

test('a condition that is met fails the check and says by how much', () => {
  for (const text of ['strawman:ttft>3.9s', 'strawman:tpot>299ms', 'strawman:switch-share>3%', 'strawman:speedup<6.1x', 'optimized-strawman?allocate=inside:e2e<10s'])
    assert.throws(() => check(text), (error: unknown) => error instanceof CheckFailed && error.message.includes(text))
})
test('one that is not met does not', () => {
  for (const text of ['strawman:ttft>4s', 'strawman:switch-share>5%', 'strawman:speedup<6']) check(text)
})
test('a relative one is against the baseline, for every policy unless one is named', () => {
  const rows = [row('strawman'), { ...row('flexserve'), ttftNs: 4.4e9 }]
  const judge = (text: string): void => checkConditions('t', rows, failConditions(text, ['strawman', 'flexserve']), ['strawman', 'flexserve'], 'strawman')
  for (const text of ['ttft>+5%', 'flexserve:ttft>+9.9%', 'ttft>-5%']) assert.throws(() => judge(text), (error: unknown) => error instanceof CheckFailed && /flexserve is 10\.0 % off strawman's/.test(error.message))
  for (const text of ['ttft>+11%', 'strawman:ttft>+5%', 'tpot>+1%', 'ttft<-1%']) judge(text)
  assert.throws(() => judge('tz-llm:ttft>+5%'), (error: unknown) => error instanceof UsageFault)
})
test('a condition on a policy that was left out fails: it cannot be checked', () => {
  assert.throws(() => checkConditions('t', [row('strawman')], failConditions('optimized-strawman?allocate=inside:ttft>9s', policies), ['strawman']), (error: unknown) => error instanceof CheckFailed && /is left out/.test(error.message))
})
test('what is no condition is a usage fault', () => {
  for (const text of ['ttft>3s', 'strawman:speed>3', 'strawman:ttft=3s', 'strawman:ttft>fast', 'flexserve:ttft>1s'])
    assert.throws(() => check(text), (error: unknown) => error instanceof UsageFault)
})

test.run()
