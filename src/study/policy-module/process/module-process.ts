import { MessageChannel } from 'node:worker_threads'
import { startWorker } from '../../worker.js'
import { EXPECTED } from '../evaluate.js'
import { messageOf } from '../message-of.js'
import { limits } from './limits.js'
import type { Answer, Ended, Question } from './messages.js'

// The process of a user's module. The module runs in a thread of it; this one watches over time, memory and the end, says
// what happened, and ends the process.

const WATCH_MS = 50
const { memoryMiB } = limits()
const { port1: port, port2 } = new MessageChannel()
const thread = startWorker('./module-thread', import.meta.url, { workerData: { port: port2 }, transferList: [port2], stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: memoryMiB } })
let timer: NodeJS.Timeout | undefined
let isOver = false

port.on('message', (answer: Answer | 'ready') => {
  if (answer === 'ready') {
    process.on('message', ask)
    process.send!('ready')
    return
  }
  if ('ended' in answer) return end(answer.ended)
  clearTimeout(timer)
  timer = undefined
  process.send!(answer)
})
thread.on('error', (error: Error & { code?: unknown }) => end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? overMemory : { expected: 'a module that handles its own errors', did: `an error that nobody caught: ${messageOf(error)}` }))
thread.on('exit', (code) => end({ expected: 'a module that leaves its process alone', did: `it called process.exit(${code})` }))
setInterval(() => {
  if (process.memoryUsage.rss() > memoryMiB * 2 ** 20) end(overMemory)
}, WATCH_MS)

const overMemory: Ended = { expected: `at most ${memoryMiB} MiB of memory`, did: 'more', hint: 'WORLDSWITCH_POLICY_MIB gives it more' }

function ask(question: Question): void {
  const { loadS, replayS } = question.limits
  const isReplay = question.kind !== 'describe'
  timer = setTimeout(
    () => end(isReplay ? { expected: `a replay within ${replayS} s`, did: 'none', hint: 'a mechanism may loop for ever; WORLDSWITCH_POLICY_SECONDS gives it longer' } : { expected: EXPECTED, did: `it is still loading after ${loadS} s` }),
    (isReplay ? replayS : loadS) * 1000,
  )
  port.postMessage(question)
}
process.on('disconnect', kill)
if (process.connected !== true) kill() // whoever started it was gone before this line

/** A thread that is busy cannot always be ended; a process can, and with it all of its group: what the module started. */
function kill(): void {
  process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL')
}

function end(ended: Ended): void {
  if (isOver) return
  isOver = true
  process.send!({ ended } satisfies Answer, kill)
}
