import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { openSource } from '../store/file-source.js'
import { fileSpools } from '../store/file-spool.js'
import { openSqliteFile } from '../store/sqlite-source.js'
import { traceCmdReport } from '../store/trace-cmd.js'
import { llamacppFacts } from '../testing/shared-facts/llamacpp.js'
import { rateFacts } from '../testing/shared-facts/rates.js'
import { containerFacts } from '../testing/shared-facts/containers.js'
import { graphFacts } from '../testing/shared-facts/graphs.js'
import { npuFacts } from '../testing/shared-facts/npu.js'
import { opteeFacts } from '../testing/shared-facts/optee.js'
import type { SharedFact } from '../testing/shared-facts/facts.js'
import { lawBroken, memoryTools, onPath } from '../testing/trace-source.js'
import { collectTrace } from '../trace/collect.js'
import { detectFormat } from './index.js'

const recordings = suite('recordings of others')
const folder = fileURLToPath(new URL('../../../shared/traces/', import.meta.url))
const facts: readonly SharedFact[] = [...opteeFacts, ...llamacppFacts, ...rateFacts, ...npuFacts, ...graphFacts, ...containerFacts]

if (!existsSync(folder)) {
  console.log('skipped: ../shared/traces is not here')
  recordings('the folder of recordings is absent: nothing to hold the importers against', () => {})
} else {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'PROVENANCE.md')
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort()

  recordings('every file has its facts', () => {
    assert.equal(facts.map(({ file }) => file).sort(), all)
  })

  for (const fact of facts)
    recordings(`${fact.file}: ${fact.reads === 'refused' ? 'refused with its reason' : 'all facts reproduced'}`, async () => {
      if (fact.file.endsWith('.dat') && !onPath('trace-cmd')) {
        console.log(`skipped: ${fact.file} needs trace-cmd`)
        return
      }
      const source = await openSource(join(folder, fact.file))
      const spools = fileSpools()
      const tools = { ...memoryTools, spool: spools.spool, openSqlite: async () => openSqliteFile(source.name), traceCmdReport: () => traceCmdReport(source.name) }
      const read = async (clockHz?: number) => {
        const format = detectFormat(source, undefined, fact.reads === 'rates' ? 'rates' : 'trace')
        assert.is(format.id, fact.format)
        if (fact.reads === 'rates') return { rates: await format.readRates!(source, tools) }
        const { writer, finish } = collectTrace()
        return { trace: finish(await format.read!(source, writer, clockHz === undefined ? tools : { ...tools, clockHz })) }
      }
      if (fact.reads === 'refused') {
        try {
          await read()
        } catch (error) {
          if (!(error instanceof BadInput)) throw error
          assert.match(error.message, fact.because)
          assert.is(await fact.alsoFails?.(source), undefined)
          return
        }
        assert.unreachable('it was read')
      }
      const clockHz = fact.reads === 'trace' ? fact.clockHz : undefined
      if (clockHz !== undefined)
        try {
          await read()
          assert.unreachable('it was read without a clock')
        } catch (error) {
          if (!(error instanceof BadInput)) throw error
          assert.match(error.message, /expected a time, found .* --clock/)
        }
      const found = await read(clockHz)
      if (fact.reads === 'rates') assert.is(fact.fails(found.rates!), undefined)
      else if (fact.reads === 'trace') {
        assert.is(lawBroken(found.trace!), undefined)
        assert.is(fact.fails(found.trace!), undefined)
      }
    })
}

recordings.run()
