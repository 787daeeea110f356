/** What component measurements imply, found again by whole replays. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GiB } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { deviceOf } from '../device/devices.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { modelOf } from '../model/models.js'
import { quantisationOf } from '../model/quantisation.js'
import { policyOf } from '../policies/policies.js'
import { causes } from '../run/causes.js'
import { synthesise } from '../synth/synth.js'
import { replay, type Replayed } from '../replay/replay.js'
import { stepEndsNs } from '../replay/windows.js'

const test = suite('reference')

function run(model: string, policy: string, promptTokens: number, outputTokens: number, cached: number, device = 'rk3588-orangepi5plus'): { replayed: Replayed; endsNs: number[] } {
  const profile = deviceOf(device)!
  const trace = synthesise({ model: modelOf(model)!, quant: quantisationOf('q8_0')!, device: profile, promptTokens, outputTokens })
  const costs = costsOf(nominal(profile), defaultChoices(profile))
  const replayed = replay({ trace, policy: policyOf(policy), costs, pressureBytes: 6 * GiB, initial: { cached, protection: true } })
  return { replayed, endsNs: stepEndsNs(replayed.plan, replayed.schedule, replayed.plan.requests[0]!) }
}

test('512 tokens of Llama-3-8B on the CPU take the measured 164.558 s, the carve-outs inside', () => {
  const { replayed } = run('llama-3-8b', 'strawman', 512, 1, 1)
  const { tasks } = replayed.plan.graph
  // Slices of one op run side by side on four cores: a quarter of their sum is the time.
  let sumNs = 0
  for (let t = 0; t < tasks.length; t++) if (causes[tasks.cause[t]!] === 'compute') sumNs += tasks.durationNs[t]! / 4
  assert.ok(Math.abs(sumNs / 1e9 - 164.558) < 0.01, `${sumNs / 1e9} s`)
})

test('and 13.165 s on NPU and CPU: 12.5 times less', () => {
  const { endsNs } = run('llama-3-8b', 'unprotected', 512, 1, 1)
  assert.ok(Math.abs(endsNs[0]! / 1e9 - 164.558 / 12.5) < 0.01, `${endsNs[0]! / 1e9} s`)
})

for (const [model, submissions] of [
  ['tinyllama-1.1b', 179],
  ['qwen2.5-3b', 324],
  ['phi-3-mini', 195],
  ['llama-3-8b', 384],
] as const)
  test(`${model}: ${submissions} NPU submissions a decode token, as TZ-LLM’s tiles imply`, () => {
    const { tasks } = run(model, 'tz-llm', 128, 2, 1).replayed.plan.graph
    let count = 0
    for (let t = 0; t < tasks.length; t++) if (tasks.step[t] === 1 && causes[tasks.cause[t]!] === 'npu-switch') count += tasks.count[t]!
    assert.is(count, submissions)
  })

test('everything resident and free of switches: flexserve’s prefill is the unprotected one', () => {
  const flex = run('tinyllama-1.1b', 'flexserve', 128, 2, 1)
  const plain = run('tinyllama-1.1b', 'unprotected', 128, 2, 1)
  const overhead = flex.endsNs[0]! / plain.endsNs[0]! - 1
  assert.ok(overhead > 0 && overhead < 0.05, `${overhead}`)
})

test.run()
