import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { devices } from '../device/devices.js'
import { BadInput } from '../base/errors.js'
import { checkProfile } from '../device/check.js'
import { exportTrace } from '../formats/index.js'
import { generateSchemas } from '../testing/schemas.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { runCell } from './cell.js'
import { compareCells } from './compare.js'
import { resolveDevice } from './device.js'
import { traceSubject } from './subject.js'

const test = suite('schemas')
const schemaAt = (file: string): object => JSON.parse(readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8')) as object

test('schemas/ holds what the types say (npm run schemas writes it)', () => {
  for (const [file, text] of generateSchemas()) assert.fixture(readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8'), text, file)
})

test('what replay and compare print, and every line of an exported trace, conform', async () => {
  const trace = sampleTrace({ ops: 300, seed: 5 })
  const device = await resolveDevice('rk3588-nanopc-t6')
  const { result } = await runCell({ subject: traceSubject(trace), policy: 'flexserve', device, seed: 1, samples: 3, savings: true })
  const { comparison } = await compareCells(traceSubject(trace), ['strawman', 'flexserve'], { device, seed: 1, samples: 0 })
  const [header, ...ops] = [...exportTrace(trace)].map((line) => JSON.parse(line) as unknown)
  const ajv = new Ajv2020({ strict: false })
  for (const [file, value] of [
    ['run.schema.json', result],
    ['comparison.schema.json', comparison],
    ['trace-header.schema.json', header],
    ...ops.map((op) => ['trace-op.schema.json', op] as const),
  ] as const) {
    const valid = ajv.getSchema(`urn:worldswitch:${file.replace('.schema.json', '')}`) ?? ajv.compile(schemaAt(file))
    assert.ok(valid(JSON.parse(JSON.stringify(value))), `${file}: ${ajv.errorsText(valid.errors)}`)
  }
})

test('built-in devices pass their own check; a broken one is refused with its field', () => {
  for (const device of devices) assert.is(checkProfile(JSON.parse(JSON.stringify(device)), 'x.json').id, device.id)
  const broken = (change: (json: Record<string, Record<string, Record<string, unknown>>>) => void, said: RegExp): void => {
    const json = JSON.parse(JSON.stringify(devices[0])) as Record<string, Record<string, Record<string, unknown>>>
    change(json)
    assert.throws(
      () => checkProfile(json, 'board.json'),
      (error: unknown) => error instanceof BadInput && said.test(error.message),
    )
  }
  broken((json) => delete json['parameters']!['flash.load8GiBMs']!['unit'], /board.json: parameters.flash.load8GiBMs.*unit/)
  broken((json) => (json['parameters']!['flash.load8GiBMsec'] = json['parameters']!['flash.load8GiBMs']!), /board.json: parameters/)
  broken((json) => (json['parameters']!['flash.load8GiBMs']!['value'] = -1), /parameters.flash.load8GiBMs.value: expected 0 to 10000000 ms, found -1/)
  broken((json) => (json['parameters']!['cpu.prefillGflops']!['value'] = 1), /range that holds the value 1/)
  broken((json) => (json['choices']!['rates']!['value'] = 'guessed'), /carved or added/)
})

test.run()
