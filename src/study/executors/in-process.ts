import { breather } from '../breathe.js'
import type { Executor } from './executor.js'
import { Replayer } from './replayer.js'

/** Replays cells here, one after another; Ctrl-C is heard between them. */
export const inProcess = (): Executor => ({
  name: 'this process',
  async run(orders, shelf, finished, consent) {
    const replayer = new Replayer(shelf)
    const breathe = breather()
    for (const keyed of orders) {
      await breathe()
      finished([await replayer.replay(keyed, consent)])
    }
  },
  close: () => Promise.resolve(),
})
