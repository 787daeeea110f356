/** Import of a Kineto-like trace into the store (scan, joins, sort, encoding, content hash, commit) against `readFile` +
 *  `JSON.parse` of the same file, which gives no more than objects. Each side runs in a process of its own, so that
 *  its peak memory is its own; times leave the start of the process out and are taken by it. Both run alternately.
 *  `node bin/bench.js import`; WORLDSWITCH_BENCH_BYTES sets the size, WORLDSWITCH_BENCH_PAIRS how many pairs. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kinetoText } from '../testing/trace-kineto-file.js'
import { spread, type Spread } from './pairs.js'

interface Measured {
  readonly ms: number
  readonly cpuMs: number
  readonly peakBytes: number
  readonly events: number
}

const parseSource = `
const { readFile } = await import('node:fs/promises')
const began = performance.now()
const cpu = process.cpuUsage()
const { traceEvents } = JSON.parse(await readFile(process.argv[1], 'utf8'))
const ms = performance.now() - began
const { user, system } = process.cpuUsage(cpu)
const cpuMs = (user + system) / 1000
console.log(JSON.stringify({ ms, cpuMs, peakBytes: process.resourceUsage().maxRSS * 1024, events: traceEvents.length }))
`

export async function run(
  bytes = Number(process.env['WORLDSWITCH_BENCH_BYTES'] ?? 174e6),
  pairCount = Number(process.env['WORLDSWITCH_BENCH_PAIRS'] ?? 9),
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    const path = join(folder, 'kineto.json')
    writeTrace(path, bytes)
    let fresh = 0
    const importing = () => importOnce(path, join(folder, `${fresh++}.db`))
    const parsing = () => measured(['--input-type=module', '-e', parseSource, path])
    importing()
    const sides: { parse: Measured; read: Measured }[] = []
    for (let pair = 0; pair < pairCount; pair++) {
      if (pair % 2 === 0) sides.push({ parse: parsing(), read: importing() })
      else {
        const read = importing()
        sides.push({ parse: parsing(), read })
      }
    }
    const { size } = statSync(path)
    console.log(`import: ${(size / 1e6).toFixed(0)} MB, ${sides[0]!.parse.events} events, ${sides[0]!.read.events} ops`)
    report(
      'readFile + JSON.parse',
      sides.map(({ parse }) => parse),
      size,
    )
    report(
      'import into the store',
      sides.map(({ read }) => read),
      size,
    )
    const ratio = spread(sides.map(({ parse, read }) => parse.ms / read.ms))
    const cpuRatio = spread(sides.map(({ parse, read }) => parse.cpuMs / read.cpuMs))
    console.log(`  ratio of times ${described(ratio, 2)} (${pairCount} pairs); of processor time ${described(cpuRatio, 2)}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function report(label: string, runs: readonly Measured[], size: number): void {
  const ms = spread(runs.map((one) => one.ms))
  const peak = spread(runs.map((one) => one.peakBytes / 1e6))
  console.log(`  ${label}  ${described(ms, 0)} ms, ${(size / 1e3 / ms.median).toFixed(0)} MB/s, peak ${described(peak, 0)} MB`)
}

const described = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`

function writeTrace(path: string, bytes: number): void {
  const file = openSync(path, 'w')
  try {
    for (const text of kinetoText(bytes)) writeSync(file, text)
  } finally {
    closeSync(file)
  }
}

function importOnce(path: string, storePath: string): Measured {
  return measured(['--import', 'tsx', fileURLToPath(import.meta.url), path, storePath])
}

function measured(args: readonly string[]): Measured {
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measured
}

/** One import in this process, told as JSON. */
async function importHere(path: string, storePath: string): Promise<void> {
  const { openStore } = await import('../store/store.js')
  const { importFile } = await import('../study/import-file.js')
  const began = performance.now()
  const cpu = process.cpuUsage()
  const store = openStore(storePath)
  const { ops } = await importFile(store, path)
  store.close()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const told: Measured = { ms, cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024, events: ops }
  console.log(JSON.stringify(told))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , path, storePath] = process.argv
  await (path !== undefined && storePath !== undefined ? importHere(path, storePath) : run())
}
