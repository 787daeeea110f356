// Makes the checkout ready, alone: `node bin/setup.js build` (packages and dist, for the demo) or `verify` (packages,
// and programs that the tests need). Only Node's own modules may be used here: nothing is installed yet.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildEnv, stop } from './native-build.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Programs that better-sqlite3's compilation needs; each is Debian's name of its package too. */
const compilers = ['g++', 'make', 'python3']

const what = process.argv[2]
if (what === 'verify') {
  installPrograms([...compilers, 'chromium', 'trace-cmd', 'redis-server'].filter((name) => !onPath(name)))
  installPackages()
} else if (what === 'build') {
  installPackages()
  run(process.execPath, [join(root, 'bin/build.js')])
} else stop('usage: node bin/setup.js build|verify')

/** `npm ci`, unless what is installed is what the lock file says and the native module loads in this Node. */
function installPackages() {
  if (installedIsLocked() && nativeModuleLoads()) return
  const missing = compilers.filter((name) => !onPath(name))
  if (missing.length > 0)
    stop(`better-sqlite3 is compiled here and needs ${missing.join(', ')}; run: apt-get install ${missing.join(' ')}`)
  const env = buildEnv()
  console.log('installing packages (better-sqlite3 is compiled: about two minutes)')
  // npm's own path where npm runs us, so that no other npm is met
  const npm = process.env.npm_execpath
  const [program, ...args] = npm !== undefined && /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm']
  run(program, [...args, 'ci', '--include=dev'], env)
  if (!nativeModuleLoads()) stop('better-sqlite3 was installed but does not load in this Node; remove node_modules and try again')
}

/** npm notes what it installed in node_modules/.package-lock.json; optional packages of other platforms are not there. */
function installedIsLocked() {
  const installedFile = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedFile)) return false
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(locked).every(([path, { version, integrity, optional }]) => {
    const there = installed[path]
    if (path === '' || there === undefined) return path === '' || optional === true
    return there.version === version && there.integrity === integrity
  })
}

function nativeModuleLoads() {
  const probe = "new (require('better-sqlite3'))(':memory:').close()"
  return spawnSync(process.execPath, ['-e', probe], { cwd: root, stdio: 'ignore' }).status === 0
}

function installPrograms(missing) {
  if (missing.length === 0) return
  const line = `apt-get install ${missing.join(' ')}`
  if (!onPath('apt-get')) stop(`missing programs: ${missing.join(', ')}; install them (Debian: ${line})`)
  if (process.getuid?.() !== 0) stop(`missing programs: ${missing.join(', ')}; run as root: ${line}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const args = ['install', '-y', '--no-install-recommends', ...missing]
  const install = () => spawnSync('apt-get', args, { env, stdio: 'inherit' }).status === 0
  if (install()) return
  run('apt-get', ['update'], env) // an image without package lists
  if (!install()) stop(`could not install ${missing.join(' ')}; run: ${line}`)
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)))
}

function run(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit' })
  if (error) stop(`${program}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
