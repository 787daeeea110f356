import type { Worker } from 'node:worker_threads'
import type { KinetoPart, PartRows, ScanThread } from '../formats/parts/part.js'
import { startWorker } from './worker.js'

/** A worker thread that scans parts of the file at `path`; it starts up now, so that it is there when it is needed. */
export function scanThread(path: string): ScanThread {
  const worker: Worker = startWorker('./scan-worker', import.meta.url, { workerData: path, resourceLimits: { maxOldGenerationSizeMb: 128 } })
  worker.unref()
  let hasCome = false
  let isGone = false
  let wake = (): void => {}
  worker.on('error', (error) => {
    isGone = true // its parts are read again in order, and what is wrong with them is told then
    process.emitWarning(`the second scanning thread has ended, one thread reads the rest: ${error.message}`)
    wake()
  })
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
    recycle: (rows) => worker.postMessage(rowsOf(rows), buffersOf(rows)),
    async came() {
      while (!hasCome && !isGone) await new Promise<void>((resolve) => (wake = resolve))
      hasCome = false
      return !isGone
    },
    close: () => void worker.terminate(),
  }
}

const rowsOf = ({ gpu, launches, cpu, annotations }: PartRows): PartRows => ({ gpu, launches, cpu, annotations })

/** The memory of a part's rows: handed over between threads, never copied. */
export const buffersOf = ({ gpu, launches, cpu, annotations }: PartRows): ArrayBuffer[] => [gpu, launches, cpu, annotations].map(({ data }) => data.buffer)
