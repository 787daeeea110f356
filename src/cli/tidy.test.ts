import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** House rules that a test can hold. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .sort()
const sources = filesIn('src').filter((file) => file.endsWith('.ts'))
const scripts = filesIn('bin').filter((file) => file.endsWith('.js'))
const tests = sources.filter((file) => file.endsWith('.test.ts'))
const packageJson = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>
const tidy = suite('tidy')

tidy('a file holds one idea: at most 320 lines', () => {
  assert.ok(sources.length > 50)
  const tooLong = [...sources, ...scripts].filter((file) => read(file).split('\n').length > 321)
  assert.equal(tooLong, [])
})

tidy('nothing says of itself that it is unfinished', () => {
  // in halves, or this file would hold them
  const words = ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'not imple' + 'mented', 'place' + 'holder']
  const word = new RegExp(`\\b(${words.join('|')})\\b`)
  assert.equal(sources.filter((file) => word.test(read(file))), [])
})

tidy('every test file runs its suites and leaves none of its tests out', () => {
  assert.ok(tests.length > 10)
  assert.equal(tests.filter((file) => !read(file).includes('.run()')), [])
  assert.equal(tests.filter((file) => read(file).includes(`.${'only'}(`)), [])
})

tidy('packages are pinned to exact versions', () => {
  const pinned = Object.entries({ ...packageJson['dependencies'], ...packageJson['devDependencies'] })
  assert.ok(pinned.length > 20)
  assert.equal(pinned.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)), [])
})

tidy('every verb has a summary and an example', async () => {
  const files = sources.filter((file) => file.startsWith('src/commands/') && !file.endsWith('.test.ts'))
  assert.ok(files.length > 0)
  for (const file of files) {
    const module = (await import(join(root, file))) as { default?: { summary?: string; examples?: unknown[] } }
    assert.type(module.default, 'function', `${file} is no verb`)
    assert.ok(module.default?.summary, `${file} has no summary`)
    assert.ok((module.default?.examples ?? []).length > 0, `${file} has no example`)
  }
})

tidy('what is packed holds the command and no test, bench or arbitrary', () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const listed = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [packed] = JSON.parse(listed) as [{ files: { path: string }[] }]
  const paths = packed.files.map(({ path }) => path)
  assert.ok(paths.includes('bin/run.js'))
  if (existsSync(join(root, 'dist/cli/main.js'))) assert.ok(paths.includes('dist/cli/main.js'))
  assert.equal(paths.filter((path) => /\.test\.|^dist\/(testing|bench)\/|^src\/|^coverage\//.test(path)), [])
})

tidy('src/README.md has a line for every folder of src', () => {
  const map = read('src/README.md')
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.equal(folders.map(({ name }) => name).filter((name) => !new RegExp(`^\\| \`${name}\``, 'm').test(map)), [])
})

tidy.run()
