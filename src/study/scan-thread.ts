import type { Worker } from 'node:worker_threads'
import { printable } from '../base/quote.js'
import { matcherModule } from '../formats/kineto-matcher/matcher.js'
import type { KinetoPart, PartRows, ScanThread } from '../formats/parts/part.js'
import { buffersOf, type ScanWork, type ToWorker } from './scan-messages.js'
import { startWorker } from './worker.js'

/** A worker thread that scans parts of the file at `path`; it starts up now, so that it is there when it is needed. Undefined: this
 *  machine has no WebAssembly with vectors. */
export function scanThread(path: string): ScanThread | undefined {
  const module = matcherModule()
  if (module === undefined) return undefined
  const work: ScanWork = { path, module }
  const worker: Worker = startWorker('./scan-worker', import.meta.url, { workerData: work, resourceLimits: { maxOldGenerationSizeMb: 128 } })
  worker.unref()
  let hasCome = false
  let isGone = false
  let wake = (): void => {}
  worker.on('error', (error) => {
    isGone = true // its parts are read again in order, and what is wrong with them is told then
    process.emitWarning(`the second scanning thread has ended, one thread reads the rest: ${printable(error.message)}`)
    wake()
  })
  const tell = (message: ToWorker, moved: ArrayBuffer[] = []): void => worker.postMessage(message, moved)
  return {
    begin(job, onPart) {
      worker.on('message', (part: KinetoPart) => {
        onPart(part)
        hasCome = true
        wake()
      })
      worker.ref()
      worker.postMessage(job)
    },
    teach: (learned) => tell({ learned }, [learned.buffer]),
    recycle: (rows) => tell(rowsOf(rows), buffersOf(rows)),
    async came() {
      while (!hasCome && !isGone) await new Promise<void>((resolve) => (wake = resolve))
      hasCome = false
      return !isGone
    },
    close: () => void worker.terminate(),
  }
}

const rowsOf = ({ calls, launches, device }: PartRows): PartRows => ({ calls, launches, device })
