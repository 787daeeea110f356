import { parse } from '@oclif/core/parser'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { deviceFlag, initialFlag, policiesFlag, pressureFlag, samplesFlag, seedFlag, setFlag, splitAssignment } from './flags.js'

const definitions = {
  policy: policiesFlag,
  device: deviceFlag,
  pressure: pressureFlag,
  seed: seedFlag,
  set: setFlag,
  initial: initialFlag,
  samples: samplesFlag,
}
const flagsOf = async (...argv: string[]) => (await parse(argv, { flags: definitions })).flags
const flags = suite('flags')

flags('defaults: one device, seed 1, no draws, and the pressure left to the device', async () => {
  const { device, seed, samples, set, initial, pressure, policy } = await flagsOf()
  assert.equal([device, seed, samples, set, initial], ['rk3588-nanopc-t6', 1, 0, [], []])
  assert.is(pressure, undefined)
  assert.is(policy, undefined)
})

flags('sizes are bytes; what may be given several times is', async () => {
  const given = await flagsOf(...'--pressure 8GiB -p a -p b --set x=1 --set y=z=2 --initial cached=0.2'.split(' '))
  assert.is(given.pressure, 8 * 2 ** 30)
  assert.equal(given.policy, ['a', 'b'])
  assert.equal(given.set, ['x=1', 'y=z=2'])
  assert.equal(given.initial, ['cached=0.2'])
})

for (const argv of [['--pressure', 'much'], ['--set', 'x'], ['--set', '=1'], ['--initial', 'x=y'], ['--initial', 'x=']])
  flags(`${argv.join(' ')} is refused`, async () => {
    const error = await flagsOf(...argv).catch((caught: unknown) => caught)
    assert.instance(error, UsageFault)
  })

flags('a number of draws is a whole number of 0 or more', async () => {
  for (const wrong of ['-1', '1.5', 'x'])
    assert.instance(await flagsOf('--samples', wrong).catch((caught: unknown) => caught), Error)
  assert.is((await flagsOf('--samples', '100')).samples, 100)
})

flags('an assignment splits at its first sign', () => {
  assert.equal(splitAssignment(' a = b=c '), ['a', 'b=c'])
})

flags.run()
