import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { repository } from '../testing/command.js'
import { limitsHere, unpackHeld } from './unpacking.js'
import { unpackZstd } from './zstd.js'

const test = suite('limits of what is unpacked')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-unpack-'))
const MiB = 2 ** 20

/** A zstd frame by hand (RFC 8878): blocks of one repeated byte, each of `blockBytes`. */
function zstdOf(blocks: number, blockBytes = 128 << 10, byte = 0x20): Buffer {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])] // no size, a window of 1 MiB
  for (let i = 0; i < blocks; i++) {
    const said = (i === blocks - 1 ? 1 : 0) | (1 << 1) | (blockBytes << 3)
    parts.push(Buffer.from([said & 0xff, (said >> 8) & 0xff, said >> 16, byte]))
  }
  return Buffer.concat(parts)
}

/** Zeros by the GiB as gzip, piece by piece: members of one content. */
const gzipOf = (mebibytes: number): Buffer => Buffer.concat(Array.from({ length: mebibytes / 64 }, () => gzipSync(Buffer.alloc(64 * MiB, 0x20), { level: 9 })))

/** Reads a source to its end in a process of its own; what is said, and the most memory that it held. */
function readAll(path: string, environment: Record<string, string> = {}): { said: string; peakBytes: number } {
  const child = `
    const { openSource } = await import(${JSON.stringify(new URL('./file-source.ts', import.meta.url).href)})
    let bytes = 0
    let said
    try { for await (const part of (await openSource(process.argv[1])).chunks()) bytes += part.length; said = bytes + ' bytes' } catch (error) { said = error.name + ': ' + error.message }
    console.log(JSON.stringify({ said, peakBytes: process.resourceUsage().maxRSS * 1024 }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', child, path], { cwd: repository, encoding: 'utf8', env: { ...process.env, ...environment } })
  assert.is(stderr, '')
  return JSON.parse(stdout) as { said: string; peakBytes: number }
}

test('a zstd bomb is refused in bounded memory; what a writer of traces makes is not', () => {
  const bomb = join(folder, 'bomb.zst')
  writeFileSync(bomb, zstdOf(5000)) // 20 kB that say 655 MB
  const refused = readAll(bomb)
  assert.match(refused.said, /^BadInput: .*bomb\.zst: expected compressed content that unpacks to at most 250 times its size/)
  assert.match(refused.said, /WORLDSWITCH_UNPACK_RATIO/)
  assert.ok(refused.peakBytes < 450 * MiB, `${refused.peakBytes / MiB} MiB`)
  // Known to be sound, it is read: all of it, in the same memory.
  const raised = readAll(bomb, { WORLDSWITCH_UNPACK_RATIO: '100000' })
  assert.is(raised.said, `${5000 * (128 << 10)} bytes`)
  assert.ok(raised.peakBytes < 450 * MiB, `${raised.peakBytes / MiB} MiB`)
  // Below the free bytes nothing is asked.
  writeFileSync(bomb, zstdOf(1000))
  assert.is(readAll(bomb).said, `${1000 * (128 << 10)} bytes`)
})

test('a gzip bomb, in one member or many, is refused in bounded memory', () => {
  const bomb = join(folder, 'bomb.gz')
  writeFileSync(bomb, gzipOf(512))
  const { said, peakBytes } = readAll(bomb)
  assert.match(said, /^BadInput: .*at most 250 times its size/)
  assert.ok(peakBytes < 450 * MiB, `${peakBytes / MiB} MiB`)
})

test('every frame’s window and every block is looked at, wherever the file is cut into chunks', async () => {
  const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x03, 0x00, 0x00, 0x20]) // 1 GiB of window
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5])
  const sound = Buffer.concat([zstdOf(3), skipped, zstdOf(2, 100)])
  const read = async (bytes: Uint8Array, chunkBytes: number): Promise<number> => {
    let length = 0
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
    }
    for await (const part of unpackZstd(chunks(), 'f.zst')) length += part.length
    return length
  }
  for (const chunkBytes of [1, 2, 3, 7, 64, 4096]) {
    assert.is(await read(sound, chunkBytes), 3 * (128 << 10) + 200)
    for (const [bad, message] of [[Buffer.concat([sound, wide]), /window of at most 128 MiB/], [zstdOf(1, 200_000), /block of at most/], [Buffer.concat([sound, Buffer.from('no frame at all')]), /a zstd frame/], [sound.subarray(0, -1), /zstd/]] as const) {
      const fault = await read(bad, chunkBytes).catch((error: unknown) => error)
      assert.instance(fault, BadInput)
      assert.match((fault as BadInput).message, message)
    }
  }
})

test('what is held in memory has a limit of its own, and its ratio', () => {
  const packed = deflateRawSync(Buffer.alloc(1000))
  assert.is(unpackHeld('raw deflate', packed, { file: 'f' }, 1000).length, 1000)
  assert.throws(() => unpackHeld('raw deflate', packed, { file: 'f' }, 999), /f: expected at most 999 bytes unpacked, found "more"/)
  assert.throws(() => unpackHeld('gzip', packed, { file: 'f' }), /f: expected sound gzip data/)
  const bomb = gzipOf(320) // 320 kB that say 320 MiB, above the free bytes
  assert.throws(() => unpackHeld('gzip', bomb, { file: 'f' }), /at most 268435456 bytes unpacked/)
})

test('variables raise the limits, and are numbers', () => {
  assert.is(limitsHere({}).ratio, 250)
  assert.equal(limitsHere({ WORLDSWITCH_UNPACK_RATIO: '1e4', WORLDSWITCH_UNPACK_BYTES: '4294967296' }), { ratio: 1e4, freeBytes: 256 * MiB, heldBytes: 2 ** 32 })
  for (const bad of ['0', '-1', 'much', 'Infinity', 'NaN']) assert.throws(() => limitsHere({ WORLDSWITCH_UNPACK_RATIO: bad }), (error: unknown) => error instanceof UsageFault)
})

test.after(() => rmSync(folder, { recursive: true }))
test.run()
