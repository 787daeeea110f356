import { isUtf8 } from 'node:buffer'
import { parentPort, workerData } from 'node:worker_threads'
import { PartClaims } from '../formats/parts/claims.js'
import type { PartJob, PartRows } from '../formats/parts/part.js'
import { PartScanner } from '../formats/parts/scan-part.js'
import { readFileRange } from '../store/read-file.js'
import { buffersOf } from './scan-thread.js'

const port = parentPort!
const path = workerData as string

port.once('message', (job: PartJob) => void work(job))

async function work(job: PartJob): Promise<void> {
  const scanner = new PartScanner(job, (from, to) => readFileRange(path, from, to, () => {}), { isUtf8 })
  port.on('message', (rows: PartRows) => scanner.recycle(rows))
  const claims = PartClaims.shared(job.claims)
  for (const index of claims.ahead()) {
    if (index === undefined) {
      claims.wait()
      continue
    }
    const part = await scanner.scan(index)
    port.postMessage(part, buffersOf(part))
  }
  port.close()
}
