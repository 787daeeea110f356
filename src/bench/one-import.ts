/** One import by the built program, or what it is compared with, in a process of its own: its peak memory is its own, and its time
 *  leaves out the start of the process and the loading of code. */
import { execFile, execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { spread, type Spread } from './pairs.js'

export interface Measured {
  readonly ms: number
  readonly cpuMs: number
  readonly peakBytes: number
  /** Events of the file, or ops. */
  readonly count: number
}

const begin = 'const began = performance.now(), cpu = process.cpuUsage()\n'
const tell = `
const ms = performance.now() - began, { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024, count }))`
const parseSource = `const { readFile } = await import('node:fs/promises')
${begin}const { traceEvents } = JSON.parse(await readFile(process.argv[1], 'utf8')), count = traceEvents.length${tell}`
const bytesSource = `const { openSync, readSync } = await import('node:fs')
${begin}const file = openSync(process.argv[1]), buffer = new Uint8Array(262144)
let count = 0
for (let length = 1; length > 0; count += length) length = readSync(file, buffer, 0, buffer.length, null)${tell}`

const importSource = `const [, path, storePath, threads, dist] = process.argv
process.on('warning', () => process.exit(1)) // a thread that did not start would be measured as one that gains nothing
const [{ openStore }, { importFile }] = await Promise.all(['store/store.js', 'study/import-file.js'].map((file) => import(dist + file)))
await Promise.all(['formats/kineto-read.js', 'formats/worldswitch-trace.js'].map((file) => import(dist + file)))
${begin}const store = openStore(storePath), { ops: count } = await importFile(store, path, { threads: Number(threads) })
store.close()${tell}`
const root = new URL('../../', import.meta.url)

/** What is measured is what people run: built once a run of the bench. */
export function build(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('bin/build.js', root))], { stdio: ['ignore', 'ignore', 'inherit'] })
}

export const runScript = (source: string, ...args: readonly string[]): Measured =>
  told(execFileSync(process.execPath, ['--input-type=module', '-e', source, ...args], { encoding: 'utf8' }))
/** `readFile` and `JSON.parse`: objects, and no more than that. */
export const parseOnce = (path: string): Measured => runScript(parseSource, path)
/** The bytes alone. */
export const bytesOnce = (path: string): Measured => runScript(bytesSource, path)

/** The import of a file into a fresh store, which is removed. */
export function importOnce(path: string, storePath: string, threads = 1): Measured {
  try {
    return told(execFileSync(process.execPath, argsOf(path, storePath, threads), { encoding: 'utf8' }))
  } finally {
    removeStore(storePath)
  }
}

/** The same while others run. */
export async function importBeside(path: string, storePath: string, threads = 1): Promise<Measured> {
  try {
    return told((await promisify(execFile)(process.execPath, argsOf(path, storePath, threads), { encoding: 'utf8' })).stdout)
  } finally {
    removeStore(storePath)
  }
}

/** A line of times, rate and memory. */
export function reportRuns(label: string, runs: readonly Measured[], size: number, unit = 'events'): void {
  const ms = spread(runs.map((one) => one.ms))
  const peak = spread(runs.map((one) => one.peakBytes / 1e6))
  const count = runs[0]!.count
  console.log(
    `  ${label.padEnd(34)} ${described(ms, 0)} ms, ${(size / 1e3 / ms.median).toFixed(0)} MB/s, ${(count / 1e3 / ms.median).toFixed(2)} M ${unit}/s, peak ${described(peak, 0)} MB`,
  )
}

export const described = ({ median, min, max }: Spread, digits: number): string => `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`

const told = (text: string): Measured => JSON.parse(text) as Measured
const argsOf = (path: string, storePath: string, threads: number): string[] => ['--input-type=module', '-e', importSource, path, storePath, String(threads), new URL('dist/', root).href]

function removeStore(storePath: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(storePath + ending, { force: true })
}
