import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { makeFolder } from './folder.js'

const test = suite<{ root: string }>('folders', { root: '' })
test.before(async (context) => void (context.root = await mkdtemp(join(tmpdir(), 'worldswitch-folder-'))))
test.after(async ({ root }) => rm(root, { recursive: true, force: true }))

test('a folder is made with what is missing above it, and may be there already', async ({ root }) => {
  const path = join(root, 'a/b/c')
  await makeFolder(path)
  await makeFolder(path)
  assert.ok((await stat(path)).isDirectory())
})

test('a file in the way, and a place that takes no folders, are refused at once', async ({ root }) => {
  await writeFile(join(root, 'file'), '')
  for (const path of [join(root, 'file'), join(root, 'file/below'), '/proc/nope/below']) {
    let said: unknown
    await makeFolder(path).catch((error: unknown) => (said = error))
    assert.instance(said, UsageFault, path)
  }
})

test.run()
