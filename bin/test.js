// Runs every test file under src (or those whose path holds a word given), each in its own process, two at a time.
// uvu says "ok" about a file that forgets run() or keeps only(), so both are looked for here, and a file must report
// a total above 0. Properties draw the same inputs each time (bin/test-seed.js). With WORLDSWITCH_REQUIRE_ALL=1 a test that was SKIPPED for want of a program counts as failed.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const requireAll = process.env.WORLDSWITCH_REQUIRE_ALL === '1'
const giveUpMs = 15 * 60_000
const words = process.argv.slice(2)

const files = readdirSync(join(root, 'src'), { recursive: true })
  .map((file) => `src/${file}`)
  .filter((file) => file.endsWith('.test.ts') && (words.length === 0 || words.some((word) => file.includes(word))))
  .sort()
if (files.length === 0) {
  console.error(`no test file${words.length > 0 ? ` whose path holds ${words.join(' or ')}` : ''} under src`)
  process.exit(1)
}

const sum = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const waiting = [...files]
await Promise.all([worker(), worker()])
if (failures.length > 0) console.log(`\nfailed: ${failures.join(', ')}`)
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed > 0 ? 1 : 0

async function worker() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const began = performance.now()
    const fault = faultOfSource(readFileSync(join(root, file), 'utf8'))
    const result = fault === undefined ? await runFile(file) : { passed: 0, failed: 1, skipped: 0, output: fault }
    for (const key of Object.keys(sum)) sum[key] += result[key]
    const { passed, failed, skipped, output } = result
    const counts = `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
    console.log(`${failed > 0 ? 'FAIL' : 'ok  '}  ${file}  ${counts}  ${((performance.now() - began) / 1000).toFixed(1)} s`)
    if (failed > 0) {
      failures.push(file)
      console.log(output.replace(/^/gm, '      '))
    } else for (const line of skippedLines(output)) console.log(`      ${line.trim()}`)
  }
}

function faultOfSource(source) {
  if (!/\.run\(\)/.test(source)) return 'never calls run(): uvu would run none of its tests'
  if (/\.only\(/.test(source)) return 'holds only(): uvu would leave out the other tests'
  return undefined
}

function runFile(file) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--import', './bin/test-seed.js', file], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    const timer = setTimeout(() => {
      output += `\nstopped after ${giveUpMs / 60_000} minutes`
      child.kill('SIGKILL')
    }, giveUpMs)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      done(resultOf(stripVTControlCharacters(output), code, signal))
    })
  })
}

/** What uvu printed, set against how the process ended: a crash after a green total is a failure too. */
function resultOf(output, code, signal) {
  const [total, passed, skippedByUvu] = ['Total', 'Passed', 'Skipped'].map((name) => lastNumber(output, name))
  if (!total) return { passed: 0, failed: 1, skipped: 0, output: `${output}\nreported no tests (exit ${code ?? signal})` }
  const missing = skippedLines(output).length
  let failed = total - passed
  if (code !== 0 && failed === 0) failed = 1
  const skipped = skippedByUvu + (requireAll ? 0 : missing)
  if (requireAll) failed += missing
  return { passed: Math.max(0, passed - missing), failed, skipped, output }
}

function lastNumber(output, name) {
  const found = [...output.matchAll(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'gm'))].at(-1)
  return found === undefined ? 0 : Number(found[1])
}

/** A test that could not run for want of a program says so on a line of its own: `SKIPPED: <title>: no chromium`. */
function skippedLines(output) {
  return output.split('\n').filter((line) => /\bSKIPPED\b/.test(line))
}
