import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runScript, type Measured } from './one-import.js'

const packages = ['@paulirish/trace_engine@0.0.65', '@firefox-devtools/profiler-cli@0.10.0']

/** Other tools that load a trace of events, installed for the bench alone (npm, about 30 MB, WORLDSWITCH_BENCH_RIVALS=1). */
export interface Rival {
  readonly name: string
  run(path: string): Measured
}

/** Installs them into `folder`. The profiler asks for Node 24 and runs on 20. */
export function installRivals(folder: string): readonly Rival[] {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  return [
    { name: '@paulirish/trace_engine', run: (path) => traceEngine(folder, path) },
    { name: '@firefox-devtools/profiler-cli', run: (path) => profiler(folder, path) },
  ]
}

/** Reads, parses and gives the events to all its handlers; its insights are not asked for. */
function traceEngine(folder: string, path: string): Measured {
  const module = pathToFileURL(join(folder, 'node_modules/@paulirish/trace_engine/models/trace/trace.js')).href
  return runScript(
    `globalThis.DOMRect ??= class { constructor(x = 0, y = 0, width = 0, height = 0) { Object.assign(this, { x, y, width, height }) } }
const { readFileSync } = await import('node:fs'), { TraceModel } = await import(process.argv[2])
const began = performance.now(), cpu = process.cpuUsage()
const { traceEvents } = JSON.parse(readFileSync(process.argv[1], 'utf8')), model = TraceModel.Model.createWithAllHandlers()
await model.parse(traceEvents)
const ms = performance.now() - began, { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024, count: traceEvents.length }))`,
    path,
    module,
  )
}

/** Its daemon loads the file; the time is that of `load` less that of a file of one event. Peak memory is the daemon's. */
function profiler(folder: string, path: string): Measured {
  const tiny = join(folder, 'tiny.json')
  writeFileSync(tiny, '{"traceEvents":[{"ph":"X","cat":"a","name":"a","pid":1,"tid":1,"ts":1,"dur":1}]}')
  const start = load(folder, tiny)
  const { ms, peakBytes } = load(folder, path)
  return { ms: ms - start.ms, cpuMs: NaN, peakBytes, count: NaN }
}

function load(folder: string, path: string): { ms: number; peakBytes: number } {
  const cli = (...args: string[]) =>
    execFileSync(process.execPath, [join(folder, 'node_modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js'), ...args], { env: { ...process.env, HOME: folder }, stdio: 'ignore' })
  const began = performance.now()
  cli('load', path)
  const ms = performance.now() - began
  const peakBytes = daemonPeak(path)
  cli('stop', '--all')
  return { ms, peakBytes }
}

/** Of the process that serves `path`, where the system tells (Linux). */
function daemonPeak(path: string): number {
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const command = read(`/proc/${pid}/cmdline`)
      if (command.includes('--daemon') && command.includes(path)) return Number(/VmHWM:\s*(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? NaN) * 1024
    }
  } catch {
    // no such folder here
  }
  return NaN
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // a process that has just ended
  }
}
