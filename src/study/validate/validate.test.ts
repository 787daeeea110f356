import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../../base/errors.js'
import { claimIds } from './claim-ids.js'
import type { ClaimSetting } from './claim.js'
import { claimSettings } from './claims.js'
import { publishedClaims } from './published-files.js'
import { claimsNamed, missed, validate } from './validate.js'
import type { ClaimResult, Validation } from './validation.js'

const test = suite('validate')
const all = publishedClaims()
const some = (ids: readonly string[], more: object = {}): Promise<Validation> => validate({ claims: claimsNamed(all, ids), samples: 0, seed: 1, explain: false, ...more })
const schema = JSON.parse(readFileSync(new URL('../../../schemas/validation.schema.json', import.meta.url), 'utf8')) as object

test('all 31 claims are replayed or say why not, in the schema’s shape', async () => {
  const validation = await some([])
  assert.equal(validation.claims.map(({ id }) => id), [...claimIds])
  const valid = new Ajv2020({ strict: false }).compile(schema)
  assert.ok(valid(JSON.parse(JSON.stringify(validation))), JSON.stringify(valid.errors?.slice(0, 3)))
  for (const { id, parts } of validation.claims) for (const { predicted } of parts) if ('unknown' in predicted) assert.ok(predicted.unknown.length > 30, id)
  const one = (id: string): ClaimResult => validation.claims.find((claim) => claim.id === id)!
  const value = (id: string, part = 0): number => {
    const { predicted } = one(id).parts[part]!
    return 'value' in predicted ? predicted.value : NaN
  }
  // Separate calculations from the same component figures, by reading.
  assert.ok(value('V01') > 12 && value('V01') < 16, `V01 ${value('V01')}`)
  assert.ok(value('V15', 1) > 176e3 && value('V15', 1) < 180e3, `V15 ${value('V15', 1)}`)
  assert.ok(value('V26') > 1700 && value('V26') < 1900, `V26 ${value('V26')}`)
  const inside = one('V02').readings.find(({ id }) => id === 'allocate=inside')!.parts[0]!.predicted
  assert.ok('value' in inside && inside.value < value('V02') / 1.3, 'allocating inside the pipeline is another number')
  for (const { id, use, error } of validation.claims) if (use === 'calibrate' && error !== null) assert.ok(error < 0.03, `${id} ${error}: a calibrating row is found again`)
  // V07 informed the rate without pressure that decides it; it and calibrating claims stay out of the median.
  assert.equal([one('V07').independent, validation.summary.notIndependent], [false, ['V07']])
  assert.equal(validation.summary.scored.filter((id) => id === 'V07' || one(id).use === 'calibrate'), [])
  assert.equal(missed(validation).map(({ id }) => id), validation.summary.outside)
  assert.ok(one('V01').deciding.slice(0, 3).some(({ parameter }) => parameter === 'cpu.prefillGflops'))
  assert.is(validation.shapes.overhead.length, 12)
  const { medianLogErrorByReading, medianLogError } = validation.summary
  assert.ok(medianLogErrorByReading.some(({ id }) => id === 'qwen-file=tied') && medianLogErrorByReading[0]!.medianLogError < medianLogErrorByReading.at(-1)!.medianLogError)
  // The headline by hand, from what is printed of each claim: numbers only, logarithms only.
  const logs = validation.claims
    .filter(({ use, independent, kind }) => use === 'validate' && independent && kind !== 'shape' && kind !== 'direction')
    .flatMap(({ parts }) => {
      const errors = parts.flatMap(({ published, predicted }) => {
        if (!('accounts' in published) || 'unknown' in predicted || 'holds' in predicted) return []
        const values = 'value' in predicted ? [predicted.value] : [predicted.low, predicted.high]
        return [Math.min(...published.accounts.map((account) => Math.max(...values.map((found) => (found / account.value > 0 ? Math.abs(Math.log(found / account.value)) : Math.log(10))))))]
      })
      return errors.length === 0 ? [] : [Math.max(...errors)]
    })
    .sort((a, b) => a - b)
  const middle = logs.length >> 1
  assert.ok(Math.abs(medianLogError! - (logs.length % 2 === 1 ? logs[middle]! : (logs[middle - 1]! + logs[middle]!) / 2)) < 1e-12)
})

test('the same seed gives the same bytes, another one other intervals and the same predictions', async () => {
  const [first, second, other] = [await some(['V22', 'V26'], { samples: 4 }), await some(['V22', 'V26'], { samples: 4 }), await some(['V22', 'V26'], { samples: 4, seed: 2 })]
  assert.is(JSON.stringify(second), JSON.stringify(first))
  const of = (validation: Validation, key: 'intervals' | 'predicted'): unknown => validation.claims.map(({ parts }) => parts.map((part) => part[key]))
  assert.not.equal(of(other, 'intervals'), of(first, 'intervals'))
  assert.equal(of(other, 'predicted'), of(first, 'predicted'))
  for (const { low, high, draws } of first.claims[0]!.parts[0]!.intervals) assert.ok(low < high && draws === 4)
})

test('a gap is explained by a value inside the parameter’s stated range that really closes it; what is inside is not', async () => {
  const { claims } = await some(['V01', 'V03'], { explain: true })
  const [v01, v03] = claims as [ClaimResult, ClaimResult]
  const { at, low, high, closes } = v01.explanation!.find(({ parameter }) => parameter === 'cpu.prefillGflops')!
  assert.ok(closes && at > low && at < high)
  assert.ok(v01.explanation!.every((one) => one.at >= one.low && one.at <= one.high))
  // Nothing is set to it: the prediction stays outside.
  assert.is(v01.verdict, 'outside')
  assert.equal([v03.verdict, v03.explanation], ['inside', null])
})

test('further settings can be given: a workload’s', async () => {
  const v05: ClaimSetting = { id: 'V05', predict: () => [{ label: 'maximum over pairs', value: 20 }], readings: [], notes: ['made up'], drawn: false }
  const { claims, summary } = await some(['V05'], { settings: [...claimSettings, v05] })
  assert.equal([claims[0]!.verdict, claims[0]!.notes.includes('made up'), summary.scored], ['inside', true, ['V05']])
})

test('a claim that nobody published is refused with what is known', () => {
  assert.throws(() => claimsNamed(all, ['V01', 'V77']), (error: unknown) => error instanceof UsageFault && /no claim V77; known are V01 to V31/.test(error.message))
})

test.run()
