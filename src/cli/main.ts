import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LoadOptions, Options, PJSON } from '@oclif/core/interfaces'
import { removeLeftovers } from '../store/temporary.js'
import { wantsJson } from './base-command.js'
import { Interrupted, reportFailure, stopSignals } from './failure.js'
import { Config, ExitError, Plugin, runOclif } from './oclif.js'
import { stopAllProgress } from './progress.js'
import { isKnown, leadingWords, unknownVerb } from './verbs.js'

/** Runs one command line and sets the process's exit code. Every error ends here, so that a verb's own fault, a
 *  usage error and an unknown verb obey the same exit codes and, under `--json`, the same shape.
 *  `root` is the folder that holds package.json; `fromSource` runs the verbs of src, without plugins, where tsx is
 *  registered; `heard`: the pipe to the process that supervises this one (bin/supervise.js). */
export async function main(argv: readonly string[], root: string, { fromSource = false, heard }: { readonly fromSource?: boolean; readonly heard?: number } = {}): Promise<void> {
  const json = wantsJson(argv)
  endOnBrokenOutput()
  stopOnSignal(json, heard)
  if (heard !== undefined) endWithSupervisor(heard)
  removeLeftovers() // of processes that were killed
  try {
    const options = fromSource ? await sourceOptions(root) : (ownVerbOptions(argv, root) ?? { root })
    await runOclif([...argv], await checkedOptions(argv, options, json))
  } catch (error) {
    if (error instanceof ExitError) process.exitCode = error.oclif.exit ?? 1
    else process.exitCode = reportFailure(error, json)
  }
}

/** One of our own verbs, by the manifest of the build, needs none of the plugins: loading them would cost more than
 *  a light verb itself. Undefined for anything else, and without a build. */
function ownVerbOptions(argv: readonly string[], root: string): Options | undefined {
  const manifest = jsonFile<{ commands: Record<string, unknown> }>(join(root, 'oclif.manifest.json'))
  const pjson = jsonFile<PJSON>(join(root, 'package.json'))
  if (manifest === undefined || pjson === undefined) return undefined
  if (!isKnown(leadingWords(argv), Object.keys(manifest.commands))) return undefined
  return { root, pjson: { ...pjson, oclif: { ...pjson.oclif, plugins: [] } } }
}

/** The verbs as they stand in src, whatever was built: oclif would go by the manifest of the last build. */
async function sourceOptions(root: string): Promise<Options> {
  const pjson = jsonFile<PJSON>(join(root, 'package.json'))
  if (pjson === undefined) throw new Error(`no package.json in ${root}`)
  const source = { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands', plugins: [] } }
  const plugin = new Plugin({ root, pjson: source, isRoot: true, ignoreManifest: true })
  await plugin.load()
  return { root, plugins: new Map([[plugin.name, plugin]]) }
}

/** Unknown verbs are refused here, with a suggestion, where plugin-not-found could not ask its question: under
 *  `--json`, and without a terminal. */
async function checkedOptions(argv: readonly string[], options: Options, json: boolean): Promise<LoadOptions> {
  const isOwnVerb = options.pjson !== undefined
  if (isOwnVerb || (!json && process.stdin.isTTY && process.stderr.isTTY)) return options
  const config = await Config.load(options)
  const fault = unknownVerb(argv, config.commandIDs, json)
  if (fault !== undefined) throw fault
  return config
}

function jsonFile<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined // no build: oclif then reads the verbs themselves
  }
}

/** `worldswitch … | head`: the reader has seen enough, which is no error. Anything else that keeps output from being written (a
 *  full disk) is one line; where even that cannot be said, the exit code says it. */
function endOnBrokenOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error') // oclif's, which throws
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      if (stream === process.stdout) {
        stopAllProgress()
        reportFailure(error, false)
      }
      process.exit(1)
    })
  }
}

/** Transactions that were not finished roll back by themselves; what was finished stays in the store. `heard`: where whoever
 *  supervises this process wants to be told that it is on its way out, which may take as long as the store is in use. */
function stopOnSignal(json: boolean, heard: number | undefined): void {
  for (const signal of Object.keys(stopSignals) as (keyof typeof stopSignals)[])
    // A terminal's Ctrl-C comes twice, from there and from the supervisor: the first one ends the process, from within.
    process.on(signal, () => {
      if (heard !== undefined) tell(heard)
      stopAllProgress()
      process.exit(reportFailure(new Interrupted(signal), json))
    })
}

function tell(heard: number): void {
  try {
    writeSync(heard, 'heard')
  } catch {
    // nobody is there any more
  }
}

/** Ends this process when its supervisor's end of the pipe `heard` is gone, killed perhaps: a thread sees that whatever the others do. */
function endWithSupervisor(heard: number): void {
  const watch = `const { Socket } = require('node:net')
new Socket({ fd: ${heard} }).on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGKILL')).resume()`
  new Worker(watch, { eval: true, execArgv: [] }).on('error', () => {}).unref()
}
