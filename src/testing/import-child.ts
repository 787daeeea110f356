/** The process that the kill test kills: imports sample traces into the store given, one after the other, and says
 *  on stdout where it stands. `node --import tsx import-child.ts STORE OPS SEED` */
import { setImmediate as breathe } from 'node:timers/promises'
import { openStore } from '../store/store.js'
import { fillSample } from './sample-trace.js'

const [path = '', ops = '0', seed = '1'] = process.argv.slice(2)
const store = openStore(path)
process.stdout.write('ready\n')
for (let n = Number(seed); ; n++) {
  await store.importTrace(`seed ${n}`, async (writer) => {
    process.stdout.write(`began ${n}\n`)
    const facts = fillSample(writer, { ops: Number(ops), seed: n })
    process.stdout.write(`filled ${n}\n`) // two of its three chunks are on their way
    await breathe()
    return facts
  })
  process.stdout.write(`stored ${n}\n`)
}
