import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { bounds } from '../device/bounds.js'
import { devices } from '../device/devices.js'
import { parameterIds, type ParameterId } from '../device/profile.js'
import { modelOf } from '../model/models.js'
import { quantisations } from '../model/quantisation.js'
import { PolicyOptions } from '../policies/options.js'
import { policies } from '../policies/policies.js'
import { synthesise } from '../synth/synth.js'
import { runCell, type CellRun } from './cell.js'
import { resolveDevice } from './device.js'
import { initialFrom } from './request.js'
import { traceSubject } from './subject.js'

const test = suite('settings')
const model = { ...modelOf('llama-3-8b')!, id: 'tiny', layers: 2, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, ffn: 512, vocab: 1000 }
const subject = traceSubject(synthesise({ model, quant: quantisations[0]!, device: devices[0]!, promptTokens: 24, outputTokens: 3 }))

/** Numbers as a user may write them, sense or none; those at the bounds and just outside them too. */
const texts = (id: ParameterId): fc.Arbitrary<string> => {
  const { least, most, kind } = bounds[id]
  const edges = [least, most, least * (1 - 2 ** -52), most * (1 + 2 ** -52), least * (1 + 2 ** -52), most * (1 - 2 ** -52), least - 1, most + 1]
  const odd = ['-0', '0', 'NaN', 'Infinity', '-Infinity', '1e-320', '5e-324', '9007199254740992', '9007199254740993', '1e308', '1e309', '1e299', '-1', '', ' ', '0x10', '1e', '__proto__', 'true']
  const inside = fc.double({ min: 0, max: 1, noNaN: true }).map((at) => (least > 0 ? least * (most / least) ** at : most * at ** 8))
  return fc.oneof(
    { weight: 1, arbitrary: fc.double().map(String) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
    { weight: 3, arbitrary: fc.constantFrom(...edges.map(String)) },
    { weight: 6, arbitrary: kind === undefined ? inside.map(String) : kind === 'whole' ? inside.map((value) => String(Math.round(value))) : inside.map((value) => String(2 ** Math.round(Math.log2(value)))) },
  )
}
const settings = fc.array(fc.constantFrom(...parameterIds).chain((id) => texts(id).map((text) => [id, text] as const)), { minLength: 1, maxLength: 3, size: 'max' })

/** Every numeric option of every policy, and what it may be asked to be. */
const options = policies.flatMap((policy) => {
  const { options: asked } = PolicyOptions.parse(policy.id)
  policy.compose(asked)
  return asked.known().flatMap(({ key, values }) => (values.includes('|') ? [] : [[policy.id, key] as const]))
})
const odd = fc.constantFrom('0', '-0', '1', '2', '4096', '65536', '64KiB', '4KiB', '1GiB', '4096GiB', '4097GiB', '1e299', 'NaN', 'Infinity', '-1', '9007199254740993', '0.5', '1e-320', '99999999999999999999TiB', '10000', '10001', '86400000')
const references = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...policies.map(({ id }) => id)) },
  { weight: 2, arbitrary: fc.constantFrom(...options).chain(([id, key]) => fc.oneof(odd, fc.double().map(String), fc.nat().map(String)).map((value) => `${id}?${key}=${value}`)) },
  { weight: 1, arbitrary: odd.map((value) => `flexserve?memory=static-carveout&npu=co-driver&carveout=${value}`) },
)
const pressures = fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.double() }, { weight: 2, arbitrary: fc.constantFrom(0, -0, 2 ** 33, 2 ** 34, 2 ** 34 + 1, 1e308, Infinity, Number.NaN) })
const initials = fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(fc.constantFrom('cached', 'cachedBytes', 'protection'), fc.oneof(fc.double().map(String), odd, fc.constantFrom('', '1', '1048576'))).map((pair) => [pair]) })
const devicesAsked = fc.constantFrom(...devices.map(({ id }) => id))
const choices = fc.constantFrom<readonly (readonly [string, string])[]>([], [['cma.reading', 'knee']], [['rates', 'added']], [['smmu', 'inside']])

/** Times are finite, every window's exposed causes sum to its length, and hidden time is what is busy beyond it. */
function held({ result }: CellRun): void {
  for (const { lengthNs, exposedNs, hiddenNs, busyNs } of result.windows) {
    assert.ok(Number.isSafeInteger(lengthNs) && lengthNs >= 0, `a window of ${lengthNs} ns`)
    assert.is(Object.values(exposedNs).reduce((sum, ns) => sum + ns, 0), lengthNs)
    for (const ns of [...Object.values(exposedNs), ...Object.values(busyNs), ...Object.values(hiddenNs)]) assert.ok(Number.isFinite(ns) && ns >= 0, `${ns} ns`)
  }
  for (const { ttftNs, e2eNs } of result.requests) assert.ok(Number.isFinite(ttftNs) && Number.isFinite(e2eNs))
  const { sizeBytes, leastLeftBytes, peakHeldBytes } = result.ledgers.memory
  assert.ok(leastLeftBytes >= 0 && peakHeldBytes <= sizeBytes, `${peakHeldBytes} of ${sizeBytes} bytes`)
}

const RUNS = Number(process.env['WORLDSWITCH_SETTINGS'] ?? 300)

test(`${RUNS} settings of any parameter, option, pressure and initial state to anything are refused, or give times that hold the laws`, async () => {
  let replayed = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(devicesAsked, settings, choices, references, pressures, initials, async (id, set, chosen, policy, pressureBytes, initial) => {
      const from = performance.now()
      try {
        const device = await resolveDevice(id, [...new Map([...chosen, ...set])])
        held(await runCell({ subject, policy, device, seed: 1, samples: 0, initial: initialFrom(initial), ...(pressureBytes === undefined ? {} : { pressureBytes }) }))
        replayed++
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
        assert.not.match(error.message, /\n/)
        refused++
      }
      assert.ok(performance.now() - from < 10_000, 'it took longer than 10 s')
    }),
    { numRuns: RUNS },
  )
  assert.ok(replayed > RUNS / 20 && refused > RUNS / 20, `${replayed} replayed, ${refused} refused`)
})

test('names of the language’s own are no parameters, options, policies or devices', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const isRefused = (error: unknown): boolean => error instanceof UsageFault && error.message.includes(name) && !error.message.includes('\n')
    const refused = async (run: () => Promise<unknown>): Promise<void> => {
      try {
        await run()
      } catch (error) {
        return assert.ok(isRefused(error), String(error))
      }
      assert.unreachable(name)
    }
    const device = await resolveDevice(devices[0]!.id)
    await refused(() => resolveDevice(name))
    await refused(() => resolveDevice(devices[0]!.id, [[name, '1']]))
    for (const policy of [name, `flexserve?${name}=x`, `flexserve?memory=${name}`]) await refused(() => runCell({ subject, policy, device, seed: 1, samples: 0 }))
  }
})

test.run()
