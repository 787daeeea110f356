import { isUtf8 } from 'node:buffer'
import { parentPort, workerData } from 'node:worker_threads'
import { MERGED, type PartJob, type PartRows } from '../formats/parts/part.js'
import { PartScanner } from '../formats/parts/scan-part.js'
import { readFileRange } from '../store/read-file.js'
import { buffersOf } from './scan-thread.js'

const port = parentPort!
const path = workerData as string

port.once('message', (job: PartJob) => void work(job))

async function work(job: PartJob): Promise<void> {
  const scanner = new PartScanner(job, (from, to) => readFileRange(path, from, to, () => {}), { isUtf8 })
  port.on('message', (rows: PartRows) => scanner.recycle(rows))
  for (;;) {
    const merged = Atomics.load(job.claims, MERGED)
    const index = scanner.claim()
    if (index !== undefined) {
      const part = await scanner.scan(index)
      port.postMessage(part, buffersOf(part))
    } else if (merged * job.partBytes >= job.sizeBytes) break
    else Atomics.wait(job.claims, MERGED, merged)
  }
  port.close()
}
