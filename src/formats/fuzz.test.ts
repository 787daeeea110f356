import { mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_RSS, runFuzz } from '../testing/fuzz/run-fuzz.js'
import { FuzzSubject } from '../testing/fuzz/subject.js'
import { formats } from './index.js'

const fuzz = suite('fuzzing')
const RUNS = 500
const SEED = 20_261_126
const corpus = fileURLToPath(new URL('../testing/fuzz/corpus/', import.meta.url))

fuzz(`${RUNS} mutated inputs a format: read lawfully or refused in one line, never a crash, a hang, a half trace or 512 MiB`, async () => {
  const { runs, faults, peakBytes } = await runFuzz(
    formats.map(({ id }) => id),
    RUNS,
    SEED,
  )
  assert.equal(
    faults.map(({ format, run, fault }) => `${format}, run ${run}: ${fault}`),
    [],
  )
  assert.is(runs, RUNS * formats.length)
  assert.ok(peakBytes < MAX_RSS, `${peakBytes} bytes`)
})

const found = readdirSync(corpus, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.bin'))
  .map((entry) => join(entry.parentPath, entry.name).slice(corpus.length))
  .sort()

fuzz(`what once failed (${found.length} inputs) does not fail again`, async () => {
  assert.ok(found.length > 0)
  const subject = new FuzzSubject(mkdtempSync(join(tmpdir(), 'worldswitch-corpus-')))
  try {
    for (const [i, file] of found.entries()) assert.is(await subject.fault(file.split('/')[0]!, new Uint8Array(readFileSync(join(corpus, file))), i * 50), undefined, file)
  } finally {
    subject.close()
  }
})

fuzz.run()
