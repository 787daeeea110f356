import { fork, type ChildProcess } from 'node:child_process'
import { parentPort } from 'node:worker_threads'
import type { Limits } from './limits.js'
import type { Answer, Ended, Question, ToGuard } from './messages.js'

// The thread that starts the processes of users' modules and asks them, so that whoever waits for an answer can wait without an
// event loop. Processes lie idle between questions, a few at most.

const MOST_PROCESSES = 4
/** A module that was ended so often is not tried again: a study of a thousand cells would wait for its limit a thousand times. */
const MOST_ENDS = 3
/** Beyond its own limit, a process that says nothing is ended from here; to start it may take so long. */
const GRACE_MS = 3000
const START_MS = 60_000

class ModuleProcess {
  private child: ChildProcess | undefined
  private ends = 0
  private last: Ended | undefined
  private queue: Promise<unknown> = Promise.resolve()
  private isReady = false
  asked = 0

  ask(question: Question): Promise<Answer> {
    this.asked++
    const answer = this.queue.then(() => this.answerTo(question))
    this.queue = answer.finally(() => this.asked--)
    return answer
  }

  kill(): void {
    const { child } = this
    this.child = undefined
    this.isReady = false
    if (child?.pid === undefined) return
    child.removeAllListeners()
    endGroup(child.pid)
  }

  private async answerTo(question: Question): Promise<Answer> {
    if (this.ends >= MOST_ENDS) return { ended: this.last! }
    const child = (this.child ??= started(question.limits))
    const { loadS, replayS } = question.limits
    const answer = await new Promise<Answer>((resolve) => {
      const late = (ms: number): NodeJS.Timeout => setTimeout(() => done({ ended: { expected: `an answer within ${replayS} s`, did: 'none' } }), ms)
      const withinMs = (question.kind === 'describe' ? loadS : replayS) * 1000 + GRACE_MS
      let timer = late(this.isReady ? withinMs : START_MS)
      const done = (said: Answer): void => {
        clearTimeout(timer)
        child.removeAllListeners()
        resolve(said)
      }
      child.on('message', (said: Answer | 'ready') => {
        if (said !== 'ready') return done(said)
        this.isReady = true
        clearTimeout(timer)
        timer = late(withinMs)
      })
      child.on('error', (error) => done({ ended: { expected: 'a process for the module', did: error.message } }))
      child.on('exit', (code, signal) => done({ ended: endOf(code, signal, question.limits) }))
      child.send(question, (error) => {
        if (error !== null) setTimeout(() => done({ ended: endOf(null, null, question.limits) }), 200) // its exit says more
      })
    })
    child.on('error', () => {})
    if ('ended' in answer) {
      this.ends++
      this.last = answer.ended
      this.kill()
    }
    return answer
  }
}

const endOf = (code: number | null, signal: string | null, { memoryMiB }: Limits): Ended => {
  if (signal === 'SIGABRT') return { expected: `at most ${memoryMiB} MiB of memory`, did: 'more', hint: 'WORLDSWITCH_POLICY_MIB gives it more' }
  return { expected: 'a module that leaves its process alone', did: signal !== null ? `its process was ended by ${signal}` : `its process ended${code === null ? '' : ` with code ${code}`}` }
}

function started({ memoryMiB }: Limits): ChildProcess {
  const own = import.meta.url
  const isSource = own.endsWith('.ts')
  return fork(new URL(isSource ? 'module-process.ts' : 'module-process.js', own), {
    execArgv: isSource ? ['--import', import.meta.resolve('tsx')] : [],
    env: { ...process.env, WORLDSWITCH_POLICY_MIB: `${memoryMiB}` },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true, // a group of its own: what it does to its group stays there, and a terminal's Ctrl-C is the parent's
  })
}

/** The process and all that its module started. */
function endGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // it is gone already
  }
}

const processes = new Map<string, ModuleProcess>()

function processOf(module: string): ModuleProcess {
  let found = processes.get(module)
  if (found === undefined) found = new ModuleProcess()
  processes.delete(module)
  processes.set(module, found) // the latest is last
  for (const [other, one] of processes) if (processes.size > MOST_PROCESSES && one.asked === 0 && other !== module) one.kill()
  return found
}

parentPort!.on('message', ({ module, question, port, arrived }: ToGuard) => {
  void processOf(module)
    .ask(question)
    .catch((error: unknown): Answer => ({ ended: { expected: 'a process for the module', did: String(error) } }))
    .then((answer) => {
      port.postMessage(answer, 'replayed' in answer ? [answer.replayed.buffer as ArrayBuffer] : [])
      if (arrived !== undefined) {
        Atomics.store(arrived, 0, 1)
        Atomics.notify(arrived, 0)
      }
      port.close()
    })
})
