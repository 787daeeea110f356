import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KinetoEvents } from '../formats/kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../formats/kineto-rows.js'
import type { ScanThread } from '../formats/parts/part.js'
import { feedEvents } from '../formats/parts/read-parts.js'
import { openSource } from '../store/file-source.js'
import { plainKinetoText } from '../testing/trace-kineto-plain.js'
import type { Source } from '../trace/source.js'
import { memorySpool, type Spool } from '../trace/spool.js'
import { scanThread } from './scan-thread.js'

const threads = suite<{ folder: string; path: string }>('a scanning thread')
threads.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-scan-'))
  context.path = join(context.folder, 'kineto.json')
  writeFileSync(context.path, [...plainKinetoText(20_000)].join(''))
})
threads.after(({ folder }) => rmSync(folder, { recursive: true }))

/** Reads parts only when `isUp`: a worker has to start first, however long that takes, to find work. */
async function waitingSource(path: string, isUp: () => boolean): Promise<Source> {
  const source = await openSource(path)
  return {
    ...source,
    async *range(from, to) {
      for (let waits = 0; from > 0 && !isUp() && waits < 600; waits++) await new Promise((resolve) => setTimeout(resolve, 50))
      yield* source.range!(from, to)
    },
  }
}

async function rowsOf(path: string, thread?: ScanThread, isUp = () => true): Promise<unknown> {
  const source = await waitingSource(path, isUp)
  const events = new KinetoEvents(path, memorySpool(GPU_WIDTH, 2), memorySpool(LAUNCH_WIDTH, 1), memorySpool(CPU_WIDTH, 3))
  await feedEvents(events, source, { spool: memorySpool, ...(thread === undefined ? {} : { scanThread: thread }) }, 32 << 10)
  const rows = (spool: Spool): number[] => {
    const all: number[] = []
    for (const sorted = spool.sorted(); sorted.next();) all.push(sorted.data[sorted.at]!, sorted.data[sorted.at + 1]!, sorted.data[sorted.at + 2]!)
    return all
  }
  return [rows(events.gpu), rows(events.launches), rows(events.cpu), events.scanner.finish()]
}

threads('a worker scans its share of the parts, and the rows are those of one thread', async ({ path }) => {
  let given = 0
  const thread = scanThread(path)!
  const counted: ScanThread = { ...thread, begin: (job, onPart) => thread.begin(job, (part) => (given++, onPart(part))) }
  assert.equal(await rowsOf(path, counted, () => given > 0), await rowsOf(path))
  assert.ok(given > 0)
  thread.close()
})

threads('a worker that cannot read the file leaves all of it to this thread', async ({ path, folder }) => {
  const thread = scanThread(join(folder, 'none'))!
  assert.equal(await rowsOf(path, thread), await rowsOf(path))
  thread.close()
})

threads.run()
