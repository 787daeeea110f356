import { strToU8, zipSync } from 'fflate'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../../base/errors.js'
import { unzipped, zipped } from './members.js'

const test = suite('members of an archive')
const MiB = 2 ** 20

/** Where the central directory's entries begin: after their signature. */
function* entries(zip: Uint8Array): Generator<DataView> {
  for (let at = 0; at + 46 <= zip.length; at++) if (zip[at] === 0x50 && zip[at + 1] === 0x4b && zip[at + 2] === 1 && zip[at + 3] === 2) yield new DataView(zip.buffer, zip.byteOffset + at, 46)
}

function faultOf(zip: Uint8Array): string {
  const before = process.memoryUsage()
  try {
    unzipped(zip, 'a.zip')
  } catch (error) {
    assert.instance(error, BadInput)
    const after = process.memoryUsage()
    assert.ok(after.arrayBuffers - before.arrayBuffers < 300 * MiB, 'nothing of what was claimed is held')
    return (error as BadInput).message
  }
  return 'was read'
}

test('an archive that unpacks without end is refused before it is unpacked, whichever size lies', () => {
  const sound = zipped(new Map([['study.json', strToU8('{}')], ['cells.jsonl', strToU8('')]]), { worldswitch: '0', engine: 1, study: { name: 's', kind: 'k', cells: 0 }, seeds: [] })
  assert.is(unzipped(sound.bytes, 'a.zip').members.size, 2)
  // 270 kB that hold 270 MiB.
  assert.match(faultOf(zipSync({ 'study.json': new Uint8Array(270 * MiB) })), /at most 100000 members and 268435456 bytes unpacked/)
  const claims = zipSync({ 'study.json': new Uint8Array(100) })
  for (const entry of entries(claims)) entry.setUint32(24, 0xf000_0000, true)
  assert.match(faultOf(claims), /bytes unpacked/)
  // One that is stored as it is, named by every entry, and claims to be empty.
  const stored: Record<string, [Uint8Array, { level: 0 }]> = {}
  for (let i = 0; i < 400; i++) stored[`report/r${i}.md`] = [new Uint8Array(i === 0 ? MiB : 0), { level: 0 }]
  const overlapping = zipSync(stored)
  for (const entry of entries(overlapping)) {
    entry.setUint32(20, MiB, true)
    entry.setUint32(24, 0, true)
    entry.setUint32(42, 0, true)
  }
  assert.match(faultOf(overlapping), /bytes unpacked/)
})

test.run()
