import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GiB, MiB } from '../../base/units.js'
import { costsOf } from '../../device/costs.js'
import { nanopcT6 } from '../../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../../device/choices.js'
import { nominal } from '../../device/profile.js'
import { cmaNs } from './tzasc-cma.js'

const test = suite('tzasc-cma')
const costs = costsOf(nominal(nanopcT6), defaultChoices(nanopcT6))
const knee = costsOf(nominal(nanopcT6), { ...defaultChoices(nanopcT6), 'cma.reading': 'knee' })
const msPerGiB = (pressure: number, at = costs, allocated = 0): number => cmaNs(at, GiB, allocated, pressure * GiB, 1) / 1e6

test('a GiB costs 125 ms without pressure, more linearly with it, and no more from 6 GiB on', () => {
  assert.is(msPerGiB(0), 125)
  const high = 6440.67 / 8
  assert.ok(Math.abs(msPerGiB(3) - (125 + high) / 2) < 1e-6)
  assert.ok(Math.abs(msPerGiB(6) - high) < 1e-6)
  assert.is(msPerGiB(11), msPerGiB(6))
})

test('read as a knee: 1946 MiB/s until 2 GiB of headroom are left, then what the mean leaves', () => {
  const fast = (1024 / 1946) * 1000
  assert.ok(Math.abs(msPerGiB(8, knee) - fast) < 1e-6)
  assert.ok(Math.abs(msPerGiB(8, knee, 6 * GiB) - 1024 / 0.6242) < 3, `${msPerGiB(8, knee, 6 * GiB)}`)
})

test('four threads are twice as fast together: each at half the speed of one alone', () => {
  assert.ok(Math.abs(cmaNs(costs, 64 * MiB, 0, 8 * GiB, 4) / cmaNs(costs, 64 * MiB, 0, 8 * GiB, 1) - 2) < 1e-9)
})

test.run()
