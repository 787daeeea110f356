// A verb's work runs in a child process, so that Ctrl-C and SIGTERM are heard whatever it does: a long SELECT or one long replay
// leaves no event loop to hear them. The child ends by itself where it hears them in time, and keeps what had finished; else it is
// ended from here, and what was half done rolls back as after any crash. A second signal ends it at once.
import { spawn } from 'node:child_process'

const MARK = 'WORLDSWITCH_SUPERVISED'
/** How long a child has to say that it heard a signal. */
const HEARS_WITHIN_MS = 600
const exitCodes = { SIGINT: 130, SIGTERM: 143 }

/** Verbs that are over at once, or that leave their event loop free: a second process would cost more than they do. */
const alone = /^(|help|version|autocomplete|models|formats|worker)$/
const aloneOfTopics = /^(devices|policies|traces|workloads|studies)( list)?$|^devices (show|new)$|^policies (show|new)$/

/** Runs `work` where this is the child, or a verb needs none; else starts the child and is its exit code. */
export async function supervised(argv, work) {
  if (process.env[MARK] !== undefined) {
    delete process.env[MARK] // a command that this one starts is a child of nobody's
    return work({ heard: 3 })
  }
  return supervises(argv) ? start(argv) : work({})
}

/** Whether this command line starts a second process. */
export function supervises(argv) {
  const end = argv.findIndex((word) => word.startsWith('-'))
  const words = end === -1 ? argv : argv.slice(0, end)
  return !argv.includes('--help') && !alone.test(words[0] ?? '') && !aloneOfTopics.test(words.slice(0, 2).join(' '))
}

function start(argv) {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...argv], { env: { ...process.env, [MARK]: '1' }, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] })
  let first
  let isKilled = false
  let timer
  const kill = () => {
    isKilled = true
    child.kill('SIGKILL')
  }
  for (const signal of Object.keys(exitCodes))
    process.on(signal, () => {
      if (first !== undefined) return kill()
      first = signal
      child.kill(signal)
      timer = setTimeout(kill, HEARS_WITHIN_MS)
    })
  child.stdio[3].on('data', () => clearTimeout(timer)).on('error', () => {})
  child.on('error', (error) => {
    process.stderr.write(`worldswitch: no second process can be started: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    clearTimeout(timer)
    if (isKilled && signal !== null) {
      say(first, argv)
      process.exit(exitCodes[first])
    }
    if (signal === null) process.exit(code)
    for (const one of Object.keys(exitCodes)) process.removeAllListeners(one)
    process.kill(process.pid, signal) // it ended as its child did
  })
}

/** As the child says it (src/cli/failure.ts). */
function say(signal, argv) {
  const end = argv.indexOf('--')
  const message = `${signal === 'SIGINT' ? 'interrupted' : `ended by ${signal}`}; everything that had finished is kept`
  if ((end === -1 ? argv : argv.slice(0, end)).includes('--json')) process.stdout.write(`${JSON.stringify({ schema: 'worldswitch-error/1', error: { kind: 'interrupted', message, exitCode: exitCodes[signal] } }, null, 2)}\n`)
  else process.stderr.write(`worldswitch: ${message}\n`)
}
