import { availableParallelism } from 'node:os'
import { boolean, integer, string } from '@oclif/core/flags'
import { UsageFault } from '../base/errors.js'
import type { Executor } from '../study/executors/executor.js'

/** Where and how cells are replayed; the same for every verb that makes a study. */
export const studyFlags = {
  threads: integer({ min: 1, max: 256, helpGroup: 'STUDY', helpValue: 'N', summary: 'Worker threads; 1: this process alone. [default: the machine’s cores]' }),
  queue: string({ helpGroup: 'STUDY', helpValue: 'URL', summary: 'Replay on the workers of a queue: redis://HOST:PORT (see `worker`).', exclusive: ['threads'] }),
  'retry-failed': boolean({ helpGroup: 'STUDY', summary: 'Replay cells again that had failed.' }),
  'keep-tasks': boolean({ helpGroup: 'STUDY', summary: 'Keep every task of every cell in the store.' }),
  report: string({ helpGroup: 'STUDY', helpValue: 'DIR', summary: 'Write a page, Markdown, CSV and LaTeX tables there.' }),
}

export interface StudyFlags {
  readonly threads: number | undefined
  readonly queue: string | undefined
  readonly 'retry-failed': boolean
  readonly 'keep-tasks': boolean
}

/** Fewer cells than this are replayed before threads would have started. */
const WORTH_THREADS = 24

/** The executor that the flags ask for; `cells`: how many there are to replay at most. */
export async function executorOf(flags: StudyFlags, cells: number): Promise<Executor> {
  if (flags.queue !== undefined) {
    if (!/^rediss?:\/\//.test(flags.queue)) throw new UsageFault(`--queue: expected redis://HOST:PORT, found ${flags.queue}`)
    return (await import('../study/executors/queue.js')).queue(flags.queue)
  }
  const count = flags.threads ?? (cells < WORTH_THREADS ? 1 : availableParallelism())
  return count === 1 ? (await import('../study/executors/in-process.js')).inProcess() : (await import('../study/executors/threads.js')).threads(count)
}
