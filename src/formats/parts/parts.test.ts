import { isUtf8 } from 'node:buffer'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../../base/errors.js'
import { kinetoReading } from '../../testing/kineto-reading.js'
import { kinetoText } from '../../testing/trace-kineto-file.js'
import { plainKinetoText } from '../../testing/trace-kineto-plain.js'
import { memorySource } from '../../testing/trace-source.js'
import { memorySpool } from '../../trace/spool.js'
import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { KinetoEvents } from '../kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import { matcherModule } from '../kineto-matcher/matcher.js'
import { PartClaims } from './claims.js'
import type { ScanThread } from './part.js'
import { feedEvents } from './read-parts.js'
import { PartScanner } from './scan-part.js'

const parts = suite('parts of a file on two threads')
const encoder = new TextEncoder()

const rangeOf = (bytes: Uint8Array) =>
  async function* range(from: number, to: number): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; at += 700) {
      await new Promise((resolve) => setImmediate(resolve))
      yield bytes.slice(at, Math.min(at + 700, to))
    }
  }

/** A second scanner in turns with the first one, and how many parts it gave. */
function fakeThread(bytes: Uint8Array, dies = Infinity): { start: () => ScanThread; given: () => number } {
  let given = 0
  const start = (): ScanThread => {
    let wake = (): void => {}
    let hasCome = false
    let isGone = false
    let taught: PartScanner | undefined
    return {
      begin(job, onPart) {
        const read = (into: Uint8Array, position: number): number => {
          const found = bytes.subarray(position, position + Math.min(into.length, 700))
          into.set(found)
          return found.length
        }
        const scanner = (taught = new PartScanner(matcherModule()!, job, read, isUtf8))
        void (async () => {
          for (const index of PartClaims.shared(job.claims).ahead()) {
            if (given === dies) isGone = true
            else if (index !== undefined) {
              onPart(structuredClone(scanner.scan(index)))
              given++
              hasCome = true
            }
            wake()
            if (isGone) return
            await new Promise((resolve) => setImmediate(resolve))
          }
        })()
      },
      teach: (learned) => taught?.learnFrom(structuredClone(learned)),
      recycle: () => {},
      async came() {
        while (!hasCome && !isGone) await new Promise<void>((resolve) => (wake = resolve))
        hasCome = false
        return !isGone
      },
      close: () => {},
    }
  }
  return { start, given: () => given }
}

/** All that a reading knows, with names in the place of numbers where the numbers are its own. */
async function readingOf(bytes: Uint8Array, tools: Partial<ImportTools>, partBytes = 0): Promise<unknown> {
  const source: Source = { ...memorySource(bytes), range: rangeOf(bytes) }
  const events = new KinetoEvents('file', memorySpool(GPU_WIDTH, 2), memorySpool(LAUNCH_WIDTH, 1), memorySpool(CPU_WIDTH, 3))
  try {
    await feedEvents(events, source, { spool: memorySpool, isUtf8, ...tools }, partBytes)
    return kinetoReading(events)
  } catch (error) {
    assert.instance(error, BadInput)
    return (error as BadInput).message
  }
}

async function same(bytes: Uint8Array, partBytes: number): Promise<number> {
  const thread = fakeThread(bytes)
  assert.equal(await readingOf(bytes, { scanThread: thread.start() }, partBytes), await readingOf(bytes, {}))
  return thread.given()
}

const stacked = encoder.encode([...kinetoText(150_000, 3)].join(''))
const plain = encoder.encode([...plainKinetoText(800, 3)].join(''))

parts('two threads read what one reads, whatever the parts', async () => {
  for (const bytes of [stacked, plain])
    for (const partBytes of [900, 1000, 4097, 20_000, 60_000]) {
      const given = await same(bytes, partBytes)
      if (partBytes >= 20_000) assert.ok(given > 0, `${partBytes}`) // a first part without a time to count from is read alone
    }
})

parts('a damaged, cut or hostile file reads or fails as on one thread', async () => {
  const others = ['{"ph": "X", "cat": "cpu_op", "name": "inner"}', '[{"ph": 1}]', '}', ']', '"', ',', '\n  {\n    "ph": "X"', '\u00e4', '', '{"name": "no phase first", "ph": "i"},']
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.nat(), fc.constantFrom(...others), fc.nat(60), fc.integer({ min: 700, max: 30_000 }), async (hasStacks, where, other, cut, partBytes) => {
      const whole = hasStacks ? stacked : plain
      const at = where % whole.length
      const bytes = new Uint8Array([...whole.subarray(0, at), ...encoder.encode(other), ...whole.subarray(at + (cut > 50 ? whole.length : cut))])
      await same(bytes, partBytes)
    }),
    { numRuns: 60 },
  )
})

parts('an event whose name is broken ends where it ends for one thread', async () => {
  const text = new TextDecoder().decode(plain)
  const name = text.indexOf('"name": "', 64_000) + 9
  for (const inner of ['[{"ph": 1}]', '{"', '"}', '" 1 }, {"'])
    for (const partBytes of [700, 5000]) await same(encoder.encode(`${text.slice(0, name)}${inner}${text.slice(name)}`), partBytes)
})

parts('the opening of an event inside another one is a wrong guess, and costs only time', async () => {
  const nested = `{"ph": "X", "cat": "python_function", "name": "f", "pid": 1, "tid": 1, "ts": 6520488433299.5, "dur": 1, "args": {"calls": [${Array.from({ length: 300 }, () => '{"ph": "X", "cat": "cpu_op"}').join(', ')}]}}`
  const text = new TextDecoder().decode(stacked)
  const at = text.indexOf('\n', 60_000) + 1
  await same(encoder.encode(`${text.slice(0, at)}${nested},\n${text.slice(at)}`), 2000)
})

parts('a thread that is gone leaves the rest to the other one', async () => {
  for (const dies of [0, 3]) assert.equal(await readingOf(plain, { scanThread: fakeThread(plain, dies).start() }, 3000), await readingOf(plain, {}))
})

parts.run()
