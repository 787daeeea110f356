import { chmodSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import { openSource } from './file-source.js'

const source = suite<{ folder: string }>('file source')
source.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-source-'))
})
source.after(({ folder }) => rmSync(folder, { recursive: true }))

const content = Buffer.alloc(300_000, 'one line of a trace\n')

async function contentOf(from: Source): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of from.chunks()) parts.push(part.slice())
  return Buffer.concat(parts)
}

async function faultOf(path: string, readAll = false): Promise<BadInput> {
  try {
    const opened = await openSource(path)
    if (readAll) await contentOf(opened)
  } catch (error) {
    assert.instance(error, BadInput)
    assert.is((error as BadInput).place.file, path)
    return error as BadInput
  }
  throw new Error('was read without a fault')
}

source('reads plain and gzipped files alike, found by content, as often as asked', async ({ folder }) => {
  const members = Buffer.concat([gzipSync(content.subarray(0, 1000)), gzipSync(content.subarray(1000))])
  for (const [name, bytes] of [
    ['plain.gz', content],
    ['packed', gzipSync(content)],
    ['members', members],
  ] as const) {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    const opened = await openSource(path)
    assert.is(opened.head.length, 262_144)
    assert.ok(content.subarray(0, 262_144).equals(opened.head), name)
    for (let pass = 0; pass < 2; pass++) assert.ok(content.equals(await contentOf(opened)), name)
    assert.is(opened.sizeBytes, bytes === content ? content.length : 0)
    assert.is(opened.bytesRead(), opened.fileBytes)
  }
})

source('a pass that stops early leaves the next one whole', async ({ folder }) => {
  const path = join(folder, 'stopped')
  writeFileSync(path, gzipSync(content))
  const opened = await openSource(path)
  for await (const part of opened.chunks()) if (part.length > 0) break
  assert.ok(content.equals(await contentOf(opened)))
})

source('says what is wrong with a file that is none', async ({ folder }) => {
  mkdirSync(join(folder, 'folder'))
  assert.match((await faultOf(join(folder, 'folder'))).message, 'found "a folder"')
  assert.match((await faultOf(join(folder, 'missing'))).message, 'nothing of that name')
  assert.match((await faultOf('/dev/null')).message, 'regular file')
  symlinkSync('circle', join(folder, 'circle'))
  assert.match((await faultOf(join(folder, 'circle'))).message, 'circle of links')
  writeFileSync(join(folder, 'empty'), '')
  assert.match((await faultOf(join(folder, 'empty'))).message, 'an empty file')
  writeFileSync(join(folder, 'nothing.gz'), gzipSync(''))
  assert.match((await faultOf(join(folder, 'nothing.gz'))).message, 'nothing in it')
  writeFileSync(join(folder, 'locked'), 'x')
  chmodSync(join(folder, 'locked'), 0)
  if (process.getuid?.() === 0) console.log('  not tried as root: a file without permission')
  else assert.match((await faultOf(join(folder, 'locked'))).message, 'no permission')
})

source('gzip that was cut off or damaged is refused, wherever it breaks', async ({ folder }) => {
  const noisy = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 0xff))
  const packed = gzipSync(noisy)
  const path = join(folder, 'cut.gz')
  for (const length of [2, 9, 15, packed.length >> 1, packed.length - 1]) {
    writeFileSync(path, packed.subarray(0, length))
    assert.match((await faultOf(path, true)).message, 'ends too early')
  }
  const damaged = Buffer.from(packed)
  damaged[packed.length - 6]! ^= 0xff
  writeFileSync(path, damaged)
  assert.match((await faultOf(path, true)).message, 'sound gzip data')
  writeFileSync(path, Buffer.concat([Buffer.from([0x1f, 0x8b]), content]))
  assert.match((await faultOf(path)).message, 'sound gzip data')
})

source.run()
