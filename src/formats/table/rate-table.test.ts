import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../../base/errors.js'
import { memorySource, memoryTools, traceFrom } from '../../testing/trace-source.js'
import { readRates } from '../index.js'
import type { RateReading } from '../rates.js'
import { parseMapping } from './mapping.js'

const test = suite('tables of rates')

const read = (text: string, map: string, form = 'csv'): Promise<RateReading> => readRates(memorySource(text), { ...memoryTools, mapping: parseMapping(map) }, form)
const msOf = ({ rates }: RateReading) => rates.map(({ subject, ns, sdNs }) => (subject.of === 'phase' ? [subject.phase, subject.tokens, ns / 1e6, sdNs] : []))
const refused = async (asked: () => Promise<unknown>, kind: typeof BadInput | typeof UsageFault, message: RegExp): Promise<void> => {
  try {
    await asked()
  } catch (error) {
    assert.instance(error, kind)
    return assert.match((error as Error).message, message)
  }
  assert.unreachable()
}

const long = 'model,stage,n,time,rate,depth,on\n'
const map = 'model=model,phase=stage,tokens=n,durationNs=ms:time,tokensPerS=rate,past=depth,processor=on'

test('a phase a row: times, rates, both with their check, what is damaged', async () => {
  const reading = await read(
    `${long}qwen2.5-1.5b-Q4_0,pp128,,640.0,200.0,0,HTP\nqwen2.5-1.5b-Q4_0,decode,64,,16.00 ± 0.16,128,HTP\nqwen2.5-1.5b-Q4_0,load,,1500,,,HTP\n` +
      'm,tokenize,5,1,,,cpu\nm,prefill,128,640.0,900.0,0,cpu\nm,prefill,many,1,,0,cpu\nm,prefill,128,,inf,0,cpu\nm,prefill,128,-5,,0,cpu\nm,decode,9\nm,decode,,5,,,cpu\n',
    map,
  )
  assert.equal(msOf(reading), [['prefill', 128, 640, -1], ['decode', 64, 4000, 40_000_000], ['load', 0, 1500, -1]])
  assert.equal(reading.settings.map(({ model, quant, processor }) => [model, quant, processor]), [['qwen2.5-1.5b-Q4_0', 'Q4_0', 'npu']])
  assert.equal(reading.rates.map(({ subject }) => subject.of === 'phase' && subject.past), [0, 128, 0])
  assert.equal(reading.skipped, {
    'row of another phase': 1,
    'row whose rate contradicts its time': 1,
    'row with a cell that is no count': 1,
    'row without a time or rate': 1,
    'time without its tokens': 1,
    'timing that was not measured (0, inf or nan)': 2,
  })
})

test('a run a row: each phase in columns of its own; batches are left out', async () => {
  const wide = 'promptTokens,generated,prefillTps,decodeMs,loadS,batch\n256,33,512.0,2000,1.5,1\n256,33,900,2000,1.5,4\n'
  const reading = await read(wide, 'prefillTokens=promptTokens,prefillTokensPerS=prefillTps,decodeTokens=generated,decodeNs=ms:decodeMs,loadNs=s:loadS,batch=batch,processor==gpu,quant==w4')
  assert.equal(msOf(reading), [['load', 0, 1500, -1], ['prefill', 256, 500, -1], ['decode', 33, 2000, -1]])
  assert.equal(reading.settings.map(({ quant, processor }) => [quant, processor]), [['w4', 'gpu']])
  assert.equal(reading.skipped, { 'several sequences at once: their tokens are no steps of one': 1 })
})

test('JSON Lines, nested fields, rates without counts', async () => {
  const lines = '{"run":{"phase":"generation"},"tps":"40 tok/s"}\n{"run":{"phase":"prompt"},"tps":250}\n'
  const reading = await read(lines, 'phase=run.phase,tokensPerS=tps', 'jsonl')
  assert.equal(msOf(reading), [['decode', 1, 25, -1], ['prefill', 1, 4, -1]])
  assert.equal(reading.rates[0]!.inferred, { tokens: 'count-not-told', ns: 'from-rate' })
})

test('mappings of ops and of rates are not mixed up', async () => {
  await refused(() => read(`${long}m,prefill,1,1,1,0,cpu\n`, 'tokensPerS=rate'), UsageFault, /no column is the phase/)
  await refused(() => read(`${long}m,prefill,1,1,1,0,cpu\n`, 'phase=stage,durationNs=ms:time,startNs=ms:time'), UsageFault, /startNs is of ops/)
  await refused(() => read(`${long}m,prefill,1,1,1,0,cpu\n`, 'phase=stage,tokensPerS=ms:rate'), UsageFault, /tokensPerS is not in ms/)
  await refused(() => read(`${long}m,prefill,1,1,1,0,cpu\n`, 'phase=stage,tokensPerS=speed'), BadInput, /a column "speed"/)
  await refused(() => read(`${long}m,prefill,1,0,0,0,cpu\n`, map), BadInput, /1 × timing that was not measured/)
  await refused(() => readRates(memorySource(long), memoryTools, 'csv'), UsageFault, /needs --map/)
  await refused(() => traceFrom(memorySource(long), { ...memoryTools, mapping: parseMapping(map) }, 'csv'), UsageFault, /model, tokens, tokensPerS, past are of tables of rates/)
})

test.run()
