import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { formatBytes } from '../base/units.js'

/** `absent` is no fault: only what the last column names does without it. */
export type HealthState = 'ok' | 'absent' | 'fault'

/** One thing that worldswitch needs or can use, and how it was found. */
export interface HealthCheck {
  readonly name: string
  readonly state: HealthState
  readonly found: string
  readonly neededFor: string
}

const oldestNode = [20, 11] as const
const programs = [
  { name: 'gcc', args: ['--version'], neededFor: 'compiling better-sqlite3; a bench' },
  { name: 'sqlite3', args: ['--version'], neededFor: 'a bench; reading a store by hand' },
  { name: 'chromium', args: ['--version'], neededFor: 'the test that opens a report' },
  { name: 'redis-server', args: ['--version'], neededFor: 'studies on several machines' },
]
const require = createRequire(import.meta.url)

/** Looks at this machine and at the store; changes nothing and makes no store. */
export async function checkHealth(storePath: string): Promise<HealthCheck[]> {
  const found = await Promise.all(programs.map(checkProgram))
  return [checkNode(), checkSqlite(), await checkStore(storePath), checkRuntime(), ...found]
}

function checkNode(): HealthCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  const here = `${process.version} on ${process.platform}-${process.arch}`
  const found = isNew ? here : `${here}; ${oldestNode.join('.')} or newer is needed`
  return { name: 'node', state: isNew ? 'ok' : 'fault', found, neededFor: 'everything' }
}

function checkSqlite(): HealthCheck {
  const neededFor = 'the store'
  try {
    const Database = require('better-sqlite3') as typeof import('better-sqlite3')
    const db = new Database(':memory:')
    const version = String(db.prepare('select sqlite_version()').pluck().get())
    db.close()
    return { name: 'sqlite', state: 'ok', found: `${version} in better-sqlite3 ${packageVersion('better-sqlite3')}`, neededFor }
  } catch (error) {
    return { name: 'sqlite', state: 'fault', found: `better-sqlite3 does not load: ${firstLine(error)}`, neededFor }
  }
}

async function checkStore(path: string): Promise<HealthCheck> {
  const about = { name: 'store', neededFor: 'traces by name' }
  if (!existsSync(path)) return { ...about, state: 'absent', found: `${path}: not made yet` }
  try {
    const { connect } = await import('../store/connection.js')
    const { holdWhole } = await import('../store/damage.js')
    const { versionOf } = await import('../store/migrations.js')
    const db = connect(path, { readonly: true })
    try {
      const checked = String(db.pragma('quick_check(1)', { simple: true }))
      if (checked === 'ok') holdWhole(db)
      const traces = Number(db.prepare('select count(*) from trace').pluck().get())
      const size = `version ${versionOf(db)}, ${traces} trace${traces === 1 ? '' : 's'}, ${formatBytes(statSync(path).size)}`
      return { ...about, state: checked === 'ok' ? 'ok' : 'fault', found: `${path}: ${checked === 'ok' ? size : checked}` }
    } finally {
      db.close()
    }
  } catch (error) {
    const said = firstLine(error)
    return { ...about, state: 'fault', found: said.includes(path) ? said : `${path}: ${said}` }
  }
}

/** onnxruntime-node is no dependency of ours: a person installs it to record. */
function checkRuntime(): HealthCheck {
  const about = { name: 'onnxruntime-node', neededFor: 'record' }
  const version = packageVersion('onnxruntime-node')
  if (version !== undefined) return { ...about, state: 'ok', found: version }
  return { ...about, state: 'absent', found: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node' }
}

async function checkProgram({ name, args, neededFor }: (typeof programs)[number]): Promise<HealthCheck> {
  try {
    const { stdout } = await promisify(execFile)(name, args, { timeout: 10_000 })
    return { name, state: 'ok', found: stdout.trim().split('\n', 1)[0] ?? '', neededFor }
  } catch (error) {
    const isAbsent = (error as { code?: unknown }).code === 'ENOENT'
    return { name, state: 'absent', found: isAbsent ? 'not on the PATH' : `does not run: ${firstLine(error)}`, neededFor }
  }
}

/** Of an installed package, whatever it exports; searched from here upwards as an import would. */
function packageVersion(name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    const file = `${folder}/${name}/package.json`
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  return undefined
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
