import { runInNewContext } from 'node:vm'
import { BadInput, BrokenLaw } from '../../base/errors.js'

/** Seconds that a replay under a user's policy may take; `WORLDSWITCH_POLICY_SECONDS` sets others. */
const SECONDS = 120

/** Runs `work`, which may call a user's code that never returns: after the limit it is stopped wherever it is. Throws
 *  `BadInput` naming the file; a law of the engine that a policy broke is the policy's fault. */
export function withinTime<T>(work: () => T, file: string): T {
  const seconds = Number(process.env['WORLDSWITCH_POLICY_SECONDS'] ?? SECONDS)
  try {
    // Its timeout ends any synchronous code beneath it, ours and the module's alike.
    return runInNewContext('work()', { work }, { timeout: Math.max(1, Math.round((seconds > 0 ? seconds : SECONDS) * 1000)) }) as T
  } catch (error) {
    if (error instanceof BrokenLaw) throw new BadInput({ file }, 'a policy whose tasks can all run', error.message)
    if (typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new BadInput({ file }, `a replay within ${seconds} s`, 'none', 'a mechanism may loop for ever; WORLDSWITCH_POLICY_SECONDS gives it longer')
    throw error
  }
}
