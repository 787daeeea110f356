// Every check that CI makes, each under a heading with its time; goes on to the end and says what failed. The last line
// is `N passed, N failed`: the tests' totals and the other checks together.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildEnv } from './native-build.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const env = { ...process.env, CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0' }
delete env.WORLDSWITCH_DB
const temporary = mkdtempSync(join(tmpdir(), 'worldswitch-verify-'))
const failed = []
const sum = { passed: 0, failed: 0 }

try {
  await check('types', [binOf('typescript', 'tsc'), '--noEmit'])
  await check('lint', [binOf('eslint'), '.'])
  await check('import order', ['bin/imports.js'])
  await check('build', ['bin/build.js']) // before the tests: some run the built command
  await tests()
  await check('publint', [binOf('publint'), '--strict'])
  await packedCommand()
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`)
console.log(`\n${sum.passed} passed, ${sum.failed} failed`)
process.exitCode = sum.failed > 0 ? 1 : 0

/** Tests and coverage in one run; the coverage gate is a check of its own. */
async function tests() {
  const args = [binOf('c8'), process.execPath, 'bin/test.js'] // the gate is in .c8rc.json
  const strict = { env: { ...env, WORLDSWITCH_REQUIRE_ALL: '1' } }
  const { code, output } = await section('tests with coverage', process.execPath, args, strict)
  const totals = [...output.matchAll(/^(\d+) passed, (\d+) failed, \d+ skipped$/gm)].at(-1)
  if (totals === undefined) return note('tests', false)
  sum.passed += Number(totals[1])
  sum.failed += Number(totals[2])
  if (Number(totals[2]) > 0) failed.push('tests')
  else note('coverage', code === 0)
}

/** What a stranger gets: the tarball, installed into an empty folder, whose command runs its own demo there. */
async function packedCommand() {
  const packed = await section('pack', 'npm', ['pack', '--json', '--pack-destination', temporary], {})
  const tarball = packed.code === 0 ? JSON.parse(packed.output.slice(packed.output.indexOf('[\n')))[0] : undefined
  note('pack', tarball !== undefined)
  if (tarball === undefined) return
  console.log(`${tarball.filename}: ${tarball.entryCount} files, ${(tarball.size / 2 ** 20).toFixed(1)} MiB`)
  writeFileSync(join(temporary, 'package.json'), '{ "private": true }\n')
  const install = ['install', join(temporary, tarball.filename), '--prefer-offline', '--no-audit', '--no-fund']
  const there = { cwd: temporary, env: { ...env, ...buildEnv() } }
  const installed = await section('install of the tarball', 'npm', install, there)
  note('install of the tarball', installed.code === 0)
  if (installed.code !== 0) return
  const command = join(temporary, 'node_modules/.bin/worldswitch')
  const version = spawnSync(command, ['--version'], { cwd: temporary, env, encoding: 'utf8' })
  const expected = `worldswitch ${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}`
  note('packed --version', version.stdout?.trim() === expected)
  const demo = await section("the packed command's demo", command, ['demo', '--out', join(temporary, 'out')], there)
  note('packed demo', demo.code === 0)
}

async function check(name, args) {
  note(name, (await section(name, process.execPath, args, { env })).code === 0)
}

function note(name, ok) {
  if (ok) sum.passed++
  else {
    sum.failed++
    failed.push(name)
    console.log(`✗ ${name} failed`)
  }
}

/** Runs a program with its output shown and kept. */
async function section(title, program, args, options) {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(3, 90 - title.length))}`)
  const began = performance.now()
  const result = await new Promise((done) => {
    const child = spawn(program, args, { cwd: root, env, ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => process.stdout.write(((output += text), text)))
    child.stderr.setEncoding('utf8').on('data', (text) => process.stderr.write(text))
    child.on('error', (error) => done({ code: 1, output: `${program}: ${error.message}` }))
    child.on('close', (code) => done({ code, output }))
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`   ${title}: ${result.code === 0 ? 'done' : `exit ${result.code}`} after ${seconds} s`)
  return result
}

/** Path of a package's program, found through its package.json. */
function binOf(name, bin = name) {
  const folder = join(root, 'node_modules', name)
  const declared = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin
  return join(folder, typeof declared === 'string' ? declared : declared[bin])
}
