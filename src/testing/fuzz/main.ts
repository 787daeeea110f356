import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createHash } from 'node:crypto'
import { formats } from '../../formats/index.js'
import { runFuzz } from './run-fuzz.js'

const { values } = parseArgs({ options: { formats: { type: 'string' }, runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) } } })
const ids = values.formats?.split(',') ?? formats.map(({ id }) => id)
const unknown = ids.filter((id) => !formats.some((format) => format.id === id))
if (unknown.length > 0) {
  console.error(`unknown formats: ${unknown.join(', ')}`)
  process.exit(2)
}
const corpus = new URL('./corpus/', import.meta.url)
let count = 0
for (const id of ids) {
  const began = Date.now()
  const { runs, faults, peakBytes } = await runFuzz([id], Number(values.runs), Number(values.seed), ({ format, run, fault, bytes }) => {
    const folder = new URL(`${format}/`, corpus)
    mkdirSync(folder, { recursive: true })
    const file = new URL(`${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.bin`, folder)
    writeFileSync(file, bytes)
    console.log(`FAULT ${format}, run ${run}, seed ${values.seed}: ${fault.split('\n').slice(0, 4).join(' | ').slice(0, 600)}\n      ${file.pathname}`)
  })
  count += faults.length
  console.log(`${id}: ${runs} inputs, ${faults.length} faults, ${((Date.now() - began) / 1000).toFixed(0)} s, ${Math.round(peakBytes / 2 ** 20)} MiB at most`)
}
process.exitCode = count > 0 ? 1 : 0
