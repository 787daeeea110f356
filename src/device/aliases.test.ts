import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { profileOfWords } from './aliases.js'
import { devices } from './devices.js'
import { isRecordedOn } from './recorded-on.js'
import { recording } from './recording.js'

const test = suite('whose machine')
const told = (words: string): string | undefined => profileOfWords(words, devices)?.profile.id

test('a profile is told by its id or an alias, as whole words in any spelling; the longest wins', () => {
  for (const words of ['RK3588', 'Rockchip rk3588s, 8 GB', 'librknnrt on (RK3588)', 'rk3588-nanopc-t6']) assert.is(told(words), 'rk3588-nanopc-t6', words)
  assert.is(told('Orange Pi 5 Plus, RK3588'), 'rk3588-orangepi5plus')
  for (const words of ['QUALCOMM Adreno(TM) 830', 'SM8750P', 'Snapdragon 8 Gen 3 (SM8650)']) assert.is(told(words), 'snapdragon-8-class', words)
  for (const words of ['', 'RK35880', 'XRK3588', 'NVIDIA B200', 'SM875', 'Adreno 8300', 'unknown GPU']) assert.is(told(words), undefined, words)
})

test('a trace was recorded on the profile that its header names, else on one whose alias its words hold; a synthetic one nowhere', () => {
  const [board, other] = [devices[0]!, devices[1]!]
  const header = (device: string, profile?: string, how = 'imported') => ({ device, provenance: { how }, ...(profile === undefined ? {} : { profile }) })
  assert.ok(isRecordedOn(header('RK3588'), board))
  assert.not.ok(isRecordedOn(header('RK3588'), other))
  assert.not.ok(isRecordedOn(header('RK3588', other.id), board))
  assert.ok(isRecordedOn(header('whatever', other.id), other))
  assert.ok(isRecordedOn(header('NVIDIA B200'), recording))
  for (const device of [board, recording]) assert.not.ok(isRecordedOn(header(board.id, board.id, 'synthetic'), device))
})

test.run()
