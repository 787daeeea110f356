import type { RecordedCalls } from '../../trace/trace.js'
import type { Skipped } from '../skipped.js'
import { THREAD_LIMIT, isRpcEnd } from './smc-words.js'

/** Counts calls as the recording itself shows them begin and end, also those of which no round trip is whole; what is missing stands
 *  in `skipped` as well, under the same numbers (`unfinished`: calls and begins without their end). */
export class CallCount {
  private started = 0
  private whole = 0
  private headless = 0
  private unfinished = 0
  private refused = 0

  constructor(private readonly skipped: Skipped) {}

  get record(): RecordedCalls {
    const { started, whole, headless, unfinished, refused } = this
    return { started, whole, headless, unfinished, refused }
  }

  begun(): void {
    this.started++
  }

  /** A call is met whose begin was not recorded. */
  met(): void {
    this.headless++
    this.skipped.count('call without its head')
  }

  /** A round trip is over: it may be the end of its call, or be refused. */
  returned(a0: number, hasHead: boolean): void {
    if (a0 === THREAD_LIMIT) this.refused++
    else if (!isRpcEnd(a0) && hasHead) this.whole++
  }

  /** A call is lost while it was in the secure world, or while it waited to be resumed. */
  lost(where: 'secure world' | 'normal world'): void {
    this.unfinished++
    this.skipped.count(where === 'secure world' ? 'begin without its end' : 'call without its end')
  }
}
