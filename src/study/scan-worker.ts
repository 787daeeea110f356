import { isUtf8 } from 'node:buffer'
import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PartClaims } from '../formats/parts/claims.js'
import type { PartJob } from '../formats/parts/part.js'
import { PartScanner } from '../formats/parts/scan-part.js'
import { buffersOf, type ScanWork, type ToWorker } from './scan-messages.js'

const port = parentPort!
const { path, module } = workerData as ScanWork
const file = openSync(path, 'r')

port.once('message', (job: PartJob) => void work(job))

async function work(job: PartJob): Promise<void> {
  const scanner = new PartScanner(module, job, (into, position) => readSync(file, into, 0, into.length, position), isUtf8)
  port.on('message', (message: ToWorker) => {
    if ('learned' in message) scanner.learnFrom(message.learned)
    else scanner.recycle(message)
  })
  const claims = PartClaims.shared(job.claims)
  for (const index of claims.ahead()) {
    if (index === undefined) claims.wait()
    else {
      const part = scanner.scan(index)
      port.postMessage(part, [...buffersOf(part), part.otherBytes.buffer as ArrayBuffer, part.others.buffer as ArrayBuffer])
    }
    await new Promise((resolve) => setImmediate(resolve)) // messages are read
  }
  port.close()
}
