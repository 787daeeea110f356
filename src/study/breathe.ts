import { setImmediate } from 'node:timers/promises'

/** Lets the event loop run now and then during long synchronous work, so that Ctrl-C and timers are heard: at once
 *  when the last time is over 50 ms ago, else not at all. */
export function breather(everyMs = 50): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < everyMs) return
    await setImmediate()
    last = performance.now()
  }
}
