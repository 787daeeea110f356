import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../../base/errors.js'
import { parameterIds } from '../../device/profile.js'
import { resolveDevice } from '../device.js'
import { claimSettings } from './claims.js'
import { shortened } from './draws.js'
import { publishedClaims } from './published-files.js'
import { Replays, type Boards } from './replays.js'
import type { Scene } from './scene.js'
import { movement } from './score.js'

const boards = Object.fromEntries(await Promise.all((['rk3588-nanopc-t6', 'rk3588-orangepi5plus'] as const).map(async (id) => [id, await resolveDevice(id)]))) as Boards
const test = suite('replays of scenes')
const scene = (policy: string, device: Scene['device'] = 'rk3588-nanopc-t6'): Scene => ({ device, model: 'qwen3-0.6b', quant: 'int8', promptTokens: 32, outputTokens: 3, policy, pressureGiB: 8, cached: 0 })
const policies = ['unprotected', 'strawman', 'optimized-strawman', 'tz-llm', 'flexserve'] as const

test('the same scene is replayed once', () => {
  const replays = new Replays(boards)
  const first = replays.central.latency(scene('flexserve'))
  assert.equal(replays.central.latency({ ...scene('flexserve') }), first)
  assert.is(replays.count, 1)
  replays.central.latency({ ...scene('flexserve'), cached: 0.5 })
  assert.is(replays.count, 2)
})

test('what is taken over because a replay never read what changed is what a replay would give', () => {
  const replays = new Replays(boards)
  let taken = 0
  let changed = 0
  for (const policy of policies) replays.central.detail(scene(policy))
  fc.assert(
    fc.property(fc.constantFrom(...policies), fc.constantFrom(...parameterIds), fc.constantFrom(0.5, 1.1, 1.7), (policy, id, factor) => {
      const values = { ...boards['rk3588-nanopc-t6'].values, [id]: boards['rk3588-nanopc-t6'].values[id]! * factor }
      const before = replays.count
      try {
        const known = replays.under(() => values).detail(scene(policy))
        if (replays.count === before) taken++
        else changed++
        assert.equal(new Replays(boards).under(() => values).detail(scene(policy)), known)
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
      }
    }),
    { numRuns: 60 },
  )
  assert.ok(taken > 10 && changed > 10, `${taken} taken over, ${changed} replayed anew`)
})

test('a claim about decode is the same to half a point with 8 steps instead of its own 63', () => {
  const replays = new Replays(boards)
  for (const id of ['V04', 'V21']) {
    const setting = claimSettings.find((one) => one.id === id)!
    const claim = publishedClaims().find((one) => one.id === id)!
    const moved = movement(claim, setting.predict(replays.central), setting.predict(shortened(replays.central)))
    assert.ok(moved < 0.005, `${id} ${moved}`)
  }
})

test.run()
