import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageFault } from '../base/errors.js'

/** What the recorder uses of onnxruntime-node, in its own words: the package is no dependency. */
export interface Runtime {
  readonly version: string
  readonly Tensor: new (type: 'float32' | 'int32' | 'int64', data: TensorData, dims: readonly number[]) => Tensor
  readonly InferenceSession: { create(path: string, options: SessionOptions): Promise<Session> }
}

export type TensorData = Float32Array | Int32Array | BigInt64Array

export interface Tensor {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number>
}

export interface SessionOptions {
  readonly graphOptimizationLevel: 'basic'
  readonly executionMode: 'sequential'
  readonly executionProviders: readonly ['cpu']
  readonly intraOpNumThreads: number
  readonly interOpNumThreads: 1
  /** 3: errors only. */
  readonly logSeverityLevel: 3
  readonly enableProfiling: boolean
  readonly profileFilePrefix?: string
}

export interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>
  endProfiling(): void
  release(): Promise<void>
}

export const PACKAGE = 'onnxruntime-node'
export const TRIED_VERSION = '1.30.0'
const HINT =
  `install it where you run this: ONNXRUNTIME_NODE_INSTALL=skip npm install ${PACKAGE}@${TRIED_VERSION}, ` +
  'or name the folder that has it with --onnxruntime DIR'

/** Loads onnxruntime-node: from `folder` alone when it is given, else from the working folder, else from beside this
 *  program. Throws `UsageFault` where it is absent or cannot be loaded. */
export async function loadRuntime(folder: string | undefined, cwd: string): Promise<Runtime> {
  const entry = runtimeEntry(folder, cwd)
  if (entry === undefined) {
    const where = folder === undefined ? 'here' : `in ${folder}`
    throw new UsageFault(`recording needs ${PACKAGE}, which is not installed ${where}`, HINT)
  }
  // From 1.30 on the runtime reports its use to its maker by HTTPS and leaves logs behind; a recording does neither.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  let loaded: unknown
  try {
    loaded = await import(pathToFileURL(entry).href)
  } catch (error) {
    throw new UsageFault(`${PACKAGE} is installed but does not load (${firstLine(error)})`, HINT)
  }
  const face = (loaded as { default?: unknown }).default ?? loaded
  if (!isRuntime(face)) throw new UsageFault(`${entry} is no ${PACKAGE}`, HINT)
  return { version: versionBeside(entry), Tensor: face.Tensor, InferenceSession: face.InferenceSession }
}

/** The file that an import of onnxruntime-node would load; undefined where it is absent. `folder` may be the one that
 *  holds `node_modules`, or the package itself. */
export function runtimeEntry(folder: string | undefined, cwd: string): string | undefined {
  if (folder === undefined) return entryFrom(join(cwd, 'x.js')) ?? entryFrom(import.meta.url)
  const at = resolve(cwd, folder)
  return packageName(at) === PACKAGE ? entryFrom(join(at, 'x.js'), at) : entryFrom(join(at, 'x.js'))
}

function entryFrom(importer: string, wanted: string = PACKAGE): string | undefined {
  try {
    return createRequire(importer).resolve(wanted)
  } catch {
    return undefined // absent: the caller says so
  }
}

function packageName(folder: string): unknown {
  return manifest(folder)?.name
}

function versionBeside(entry: string): string {
  for (let at = dirname(entry); at !== dirname(at); at = dirname(at)) {
    const found = manifest(at)
    if (found?.name === PACKAGE && typeof found.version === 'string') return found.version
  }
  return 'unknown'
}

function manifest(folder: string): { name?: unknown; version?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown; version?: unknown }
  } catch {
    return undefined // not a package's folder
  }
}

function isRuntime(face: unknown): face is Runtime {
  if (typeof face !== 'object' || face === null) return false
  const { Tensor, InferenceSession } = face as Partial<Runtime>
  return typeof Tensor === 'function' && typeof InferenceSession?.create === 'function'
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
