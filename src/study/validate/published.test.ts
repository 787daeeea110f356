import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../../base/errors.js'
import { GiB } from '../../base/units.js'
import { deviceOf } from '../../device/devices.js'
import { unitBytes } from '../../model/operators.js'
import { quantisationNamed } from '../names.js'
import { claimIds } from './claim-ids.js'
import { claimSettings } from './claims.js'
import { architectureOf } from './papers-models.js'
import type { PublishedPart } from './published.js'
import { checkPublished, publishedClaims } from './published-files.js'

const test = suite('published claims')

/** Typed from the papers' notes by hand: use, numbers, tolerance. */
const golden: Readonly<Record<string, string>> = {
  V01: 'V 10.05|7.15 × (6.4..11.1)',
  V02: 'V 2.44|1.85 × (1.7..2.7)',
  V03: 'V 4.41 % (0..10)',
  V04: 'V 3.01 % (1..6)',
  V05: 'V 24.3 × (17.01..31.59)',
  V06: 'V 4.05 × (2.835..5.265)',
  V07: 'V 1 × (0.8..1.25)',
  V08: 'V shape',
  V09: 'C 568.58 ms, 6440.67 ms',
  V10: 'C 80.5 ms, 732.85 ms, 9.1|12.6 ×',
  V11: 'C 0.21 ms, 1.28 ms, 435.48 ms',
  V12: 'C 3265.34 ms, 1319.16 ms',
  V13: 'C 2.46 %',
  V14: 'V ..1.31 ×',
  V15: 'C 11603 ms, 176161 ms',
  V16: 'V 77.1..91.1 %, 76.1..90.9 %',
  V17: 'V shape, 2.5..22.3 %, 22.2..55.3 %, 10.2..15.2 %',
  V18: 'V 13..18.9 %',
  V19: 'V 8.5 ×',
  V20: 'C -4.9 %, -3 %, -1.3 %, -1.5 %',
  V21: 'V 0.9 %, 6.7 %, 18.1 %, 23.2 %',
  V22: 'C 12.5 ×, 1.3 ×',
  V23: 'V 31.7 %, 16.2 %',
  V24: 'V ..9.9 %, ..10.4 %',
  V25: 'V shape',
  V26: 'V 1957.7 ms, 7.77 tok/s',
  V27: 'C 32 ms',
  V28: 'V 1.6..2.7 %, 2.3..5.7 %',
  V29: 'C 1.9 GiB/s, 3.8 GiB/s',
  V30: 'C 2 %, 9.8 %',
  V31: 'V ..6.7 %',
}

function inWords(part: PublishedPart): string {
  if ('shape' in part) return 'shape'
  const numbers = 'accounts' in part ? part.accounts.map(({ value }) => value).join('|') : `${part.range.low ?? ''}..${part.range.high ?? ''}`
  const tolerance = part.tolerance === undefined ? '' : ` (${part.tolerance.low}..${part.tolerance.high})`
  return `${numbers} ${part.unit}${tolerance}`
}

test('all 31 are there, with the numbers that the papers print', () => {
  const claims = publishedClaims()
  assert.equal(claims.map(({ id }) => id), [...claimIds])
  assert.is(claims.length, 31)
  assert.equal(Object.fromEntries(claims.map(({ id, use, parts }) => [id, `${use === 'calibrate' ? 'C' : 'V'} ${parts.map(inWords).join(', ')}`])), golden)
})

test('every claim names a built-in device, models that exist and its source', () => {
  for (const { id, conditions, source } of publishedClaims()) {
    assert.ok(deviceOf(conditions.device), id)
    for (const model of conditions.models) assert.ok(architectureOf(model).layers > 0, id)
    assert.ok(source.length > 8, id)
  }
})

test('every claim but the two that need a workload has a setting, once', () => {
  const set = claimSettings.map(({ id }) => id).sort()
  assert.equal(set, claimIds.filter((id) => id !== 'V05' && id !== 'V06'))
})

test('TZ-LLM’s Qwen file is 3.36 GiB, its configuration’s 3.05', () => {
  const gib = (id: string): string => (unitBytes(architectureOf(id), quantisationNamed('q8_0')).reduce((sum, bytes) => sum + bytes, 0) / GiB).toFixed(2)
  assert.equal([gib('qwen2.5-3b-untied'), gib('qwen2.5-3b')], ['3.36', '3.05'])
})

const part = { label: 'mean', unit: '×', accounts: [{ value: 2, where: 'abstract' }] }
const claim = { id: 'V01', claim: 'c', kind: 'ratio', use: 'validate', grade: 'full text', parts: [part], conditions: { device: 'd', models: [], quant: 'int8', promptTokens: [128], outputTokens: null, pressureGiB: [8], state: 'cold' }, source: 's', notes: '' }
const paper = (changed: object): unknown => ({ schema: 'worldswitch-published/1', paper: { id: 'p', title: 't', reference: 'r' }, claims: [{ ...claim, ...changed }] })

test('a file that is no such data is refused with its field', () => {
  assert.is(checkPublished(paper({}), 'p.json').claims.length, 1)
  for (const [changed, said] of [
    [{ id: 'V99' }, /p\.json: claims\.0\.id: /],
    [{ kind: 'guess' }, /claims\.0\.kind: /],
    [{ parts: [{ ...part, accounts: [{ value: 'two', where: 'abstract' }] }] }, /accounts\.0\.value: .*found "two"/],
    [{ parts: [part, part] }, /V01\.parts: expected a label of its own/],
    [{ parts: [{ ...part, tolerance: { low: 3, high: 2 } }] }, /mean\.tolerance: expected low not above high/],
    [{ parts: [{ ...part, accounts: [] }] }, /mean\.accounts: expected at least one account/],
    [{ parts: [{ label: 'a', unit: '%', range: { low: null, high: null } }] }, /a\.range: expected a range with an end/],
  ] as const) {
    try {
      checkPublished(paper(changed), 'p.json')
      assert.unreachable(JSON.stringify(changed))
    } catch (error) {
      assert.instance(error, BadInput)
      assert.match((error as Error).message, said)
    }
  }
})

test.run()
