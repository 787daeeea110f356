import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../../base/errors.js'
import { GiB } from '../../base/units.js'
import { checkProfile } from '../../device/check.js'
import { defaultChoices } from '../../device/choices.js'
import { costsOf } from '../../device/costs.js'
import { deviceOf } from '../../device/devices.js'
import { nominal, type DeviceProfile, type ParameterId } from '../../device/profile.js'
import { embeddingParameters, layerMatmulParameters } from '../../model/architecture.js'
import { emptySetting, type Rate } from '../../formats/rates.js'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import { policyOf } from '../../policies/policies.js'
import { replay } from '../../replay/replay.js'
import { stepEndsNs } from '../../replay/windows.js'
import { synthesise, synthesiseOnce } from '../../synth/synth.js'
import { memorySource, memoryTools } from '../../testing/trace-source.js'
import { fitDevice } from './fit.js'
import { candidatesOf, pointOf, type FitPoint, type PointOptions } from './points.js'
import { ratesNotOps } from './rates-not-ops.js'
import { readHoldings, readPoints } from './read-points.js'

const fit = suite('devices fit')
const model = modelOf('qwen2.5-1.5b')!
const quant = quantisationOf('w4')!
const base = deviceOf('rk3588-nanopc-t6')!
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-fit-'))
fit.after(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const fixture = (name: string): string => file(name.replaceAll('/', '-'), readFileSync(new URL(`../../testing/fixtures/${name}`, import.meta.url), 'utf8'))
const point = (phase: 'prefill' | 'decode', tokens: number, ns: number, more: Partial<FitPoint> = {}): FitPoint => ({ file: 'bench', line: tokens, phase, tokens, past: 0, ns, sdNs: -1, runs: 1, processor: 'npu', quant, modelBytes: 0, ...more })
const withValues = (values: Partial<Record<ParameterId, number>>, of: DeviceProfile = base): DeviceProfile => ({ ...of, parameters: { ...of.parameters, ...Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { ...of.parameters[id as ParameterId]!, value, spread: null }])) } })
const valueOf = (made: ReturnType<typeof fitDevice>, id: ParameterId): number => made.device.parameters[id]!.value
const near = (value: number, expected: number, by: number, what = ''): void => assert.ok(Math.abs(value / expected - 1) < by, `${what} ${value}, expected ${expected}`)

/** The time of a pass on a device by its synthesis, and the launches that a replay adds on an NPU. */
function timeOn(device: DeviceProfile, phase: 'prefill' | 'decode', tokens: number, processor: 'cpu' | 'npu'): number {
  const on = processor === 'npu' ? device : withValues({ 'npu.headOnCpuFrom': 1 }, device)
  const trace = synthesiseOnce({ model, quant, device: on, promptTokens: phase === 'prefill' ? tokens : 1, outputTokens: phase === 'prefill' ? 1 : tokens + 1 })
  let ns = processor === 'npu' ? (phase === 'prefill' ? 1 : tokens) * device.parameters['npu.launchMs']!.value * 1e6 : 0
  for (let i = 0; i < trace.ops.length; i++) if ((trace.ops.step[i] === 0) === (phase === 'prefill')) ns += trace.ops.durationNs[i]!
  return ns
}

fit('decode, by hand: weights over bandwidth, the head on the CPU, a launch a token', () => {
  // On a CPU that computes fast enough nothing but bandwidth counts.
  const quick = withValues({ 'cpu.prefillGflops': 5000 })
  const body = layerMatmulParameters(model) * model.layers * quant.bytesPerWeight
  const head = embeddingParameters(model) * quant.bytesPerWeight
  const launchNs = 1.28e6
  const npuGBs = 31
  const tokenNs = body / npuGBs + head / 20 + launchNs
  const made = fitDevice([8, 16, 32, 64].map((tokens) => point('decode', tokens, Math.round(tokenNs * tokens))), model, quick)
  near(valueOf(made, 'npu.bandwidthGBs'), npuGBs, 0.03, 'NPU') // activations and the cache are 1 to 2 % more
  assert.equal(made.points.map(({ used }) => used), ['fit', 'held out', 'fit', 'held out'])
  assert.is(made.parameters[0]!.points, 2)
  const fitted = new Set(made.points.filter(({ used }) => used === 'fit').map(({ line }) => line))
  assert.ok(made.points.every(({ used, line }) => used === 'fit' || !fitted.has(line)), 'a point that was fitted is no check')

  const onCpu = fitDevice([point('decode', 16, Math.round((16 * (body + head)) / 25), { processor: 'cpu' })], model, quick)
  near(valueOf(onCpu, 'cpu.bandwidthGBs'), 25, 0.03, 'CPU')
  const { reading } = onCpu.parameters[0]!
  near(reading!.tokensPerS, 25e9 / (body + head), 1e-3)
  near(reading!.weightGBs!, 25, 1e-3, 'GB/s of weights')
})

fit('prefill, by hand: FLOPs of the matmuls over the rate, attention and head beside them', () => {
  const tokens = 128
  const ns = 700e6
  const made = fitDevice([point('prefill', tokens, ns, { processor: 'cpu' })], model, base)
  const flops = 2 * tokens * layerMatmulParameters(model) * model.layers + 2 * embeddingParameters(model) + 4 * tokens * tokens * model.heads * model.headDim * model.layers
  const rate = costsOf(nominal(made.device) as never, defaultChoices(made.device)).cpuFlopsPerNs
  near(rate, flops / ns, 0.1) // norms and activations are bound by bandwidth
  assert.is(made.points.length, 1)
  near(made.points[0]!.predictedNs, ns, 1e-3)
})

fit('random devices are found again by what they would show', () => {
  const times = fc.double({ min: 0.5, max: 4, noNaN: true })
  fc.assert(
    fc.property(times, times, times, (cpu, npu, bandwidth) => {
      // Of the CPU alone: both of its rates.
      const host = withValues({ 'cpu.prefillGflops': 120 * cpu, 'cpu.bandwidthGBs': 20 * bandwidth })
      const one = fitDevice([...[32, 128, 512].map((n) => point('prefill', n, timeOn(host, 'prefill', n, 'cpu'), { processor: 'cpu' })), point('decode', 12, timeOn(host, 'decode', 12, 'cpu'), { processor: 'cpu' })], model, base)
      for (const { error, phase, tokens } of one.points) assert.ok(Math.abs(error) < 0.01, `cpu ${phase} ${tokens}: ${error}`)
      near(valueOf(one, 'cpu.prefillGflops'), 120 * cpu, 0.05, 'cpu.prefillGflops')
      // Of an accelerator beside an unmeasured CPU: matmuls and, by prefills of several lengths, attention.
      const board = withValues({ 'npu.prefillTokensPerS': 30 * npu, 'cpu.prefillGflops': 60 * Math.sqrt(cpu), 'npu.bandwidthGBs': 26 * bandwidth })
      const two = fitDevice([...[64, 256, 512, 1024, 2048].map((n) => point('prefill', n, timeOn(board, 'prefill', n, 'npu'))), point('decode', 12, timeOn(board, 'decode', 12, 'npu'))], model, base)
      for (const { error, phase, tokens } of two.points) assert.ok(Math.abs(error) < 0.03, `npu ${phase} ${tokens}: ${error}`)
    }),
    { numRuns: 6, seed: 7 },
  )
})

fit('a replay on the fitted device takes what was measured', () => {
  const [prompt, output] = [256, 9]
  const [prefillNs, tokenNs] = [900e6, 45e6]
  const { device } = fitDevice([point('prefill', prompt, prefillNs), point('decode', output - 1, tokenNs * (output - 1), { past: prompt })], model, base)
  const trace = synthesise({ model, quant, device, promptTokens: prompt, outputTokens: output })
  const replayed = replay({ trace, policy: policyOf('unprotected'), costs: costsOf(nominal(device) as never, defaultChoices(device)), pressureBytes: 2 * GiB, initial: { cached: 1, protection: false } })
  const ends = stepEndsNs(replayed.plan, replayed.schedule, replayed.plan.requests[0]!)
  near(ends[0]!, prefillNs, 0.05, 'TTFT')
  near((ends.at(-1)! - ends[0]!) / (output - 1), tokenNs, 0.05, 'a token')
})

fit('a measured time that the base’s other rates exceed moves them along, or is refused with what stands in the way', () => {
  // The base's CPU takes 60 ms for attention and head alone.
  const made = fitDevice([point('prefill', 128, 40e6)], model, base)
  near(made.points[0]!.predictedNs, 40e6, 0.01)
  assert.ok(made.parameters.some(({ id, points }) => id === 'cpu.prefillGflops' && points === 0))
  assert.ok(made.warnings.some((warning) => /moved with the fitted ones/.test(warning)))
  assert.is(checkProfile(JSON.parse(JSON.stringify(made.device)), 'fitted').id, 'rk3588-nanopc-t6-fitted')
  assert.throws(
    () => fitDevice([point('decode', 10, 5e6)], model, base),
    (error: unknown) => error instanceof UsageFault && /bench:10: decode of 10 tokens on npu took 5\.000 ms, .* launches alone take 12\.80 ms of them \(npu\.launchMs 1\.28 ms is rk3588-nanopc-t6’s\)/.test(error.message),
  )
  // Two times of one kind that no machine shows.
  assert.throws(() => fitDevice([point('prefill', 128, 100e6), point('prefill', 129, 900e6)], model, base), /the 2 fitted points are of no one machine.*--lines 12[89]\)/)
})

fit('spreads: a range of several points, the samples’ sd of one, unknown without either', () => {
  const spreadOf = (points: FitPoint[]) => fitDevice(points, model, base).parameters[0]!.spread
  assert.is(spreadOf([point('decode', 8, 4e8)]), null)
  const one = spreadOf([point('decode', 8, 4e8, { sdNs: 4e6 })])
  assert.ok(one !== null && 'sd' in one && one.sd > 0)
  const two = spreadOf([point('decode', 8, 4e8), point('decode', 16, 9e8)])
  assert.ok(two !== null && 'range' in two && two.range[0] < two.range[1])
  // Repetitions are one point, with the spread that they show.
  const repeated = fitDevice([4.0e8, 4.1e8, 3.9e8].map((ns, i) => point('decode', 8, ns, { line: i + 1 })), model, base)
  assert.is(repeated.points.length, 1)
  assert.ok('sd' in repeated.parameters[0]!.spread!)
})

fit('hundreds of single steps at growing depths are some points, not a point each', () => {
  const points = Array.from({ length: 900 }, (_, i) => point('decode', 1, 40e6 + 2e3 * i, { past: i, line: i + 1 }))
  const made = fitDevice(points, model, base)
  assert.is(made.points.length, 32)
  assert.ok(made.points.every(({ error }) => Math.abs(error) < 0.1))
})

fit('one log of each kind: every fitted point within 10 %, or the refusal', async () => {
  const told: Record<string, string> = {}
  for (const [name, id, options] of [
    ['llama-bench/tests.jsonl', 'qwen2.5-1.5b', {}],
    ['llama-bench/table.md', 'qwen2.5-1.5b', {}],
    ['llamacpp-log/two-runs.log', 'qwen2.5-1.5b', {}],
    ['rkllm-log/table.md', 'qwen2.5-0.5b', {}],
    ['rkllm-log/session.log', 'qwen2.5-1.5b', {}],
    ['llmrs-profile/log.log', 'llama-3.2-1b', { quant: 'Q4_0' }],
    ['llmrs-profile/record.json', 'llama-3.2-1b', { quant: 'f16' }],
  ] as const) {
    const of = modelOf(id)!
    try {
      const { points, parameters, device } = fitDevice(await readPoints([fixture(name)], { model: of, ...options }), of, base)
      assert.ok(points.length > 0 && points.every(({ used, error }) => used === 'held out' || Math.abs(error) <= 0.1), name)
      assert.ok(parameters.every(({ value }) => value > 0), name)
      checkProfile(JSON.parse(JSON.stringify(device)), name)
      told[name] = 'met'
    } catch (error) {
      assert.instance(error, UsageFault, `${name}: ${String(error)}`)
      told[name] = (error as Error).message
    }
  }
  for (const [name, how] of Object.entries(told)) if (name !== 'rkllm-log/session.log') assert.is(how, 'met', name)
  // Its second request's 13 tokens took less than the weights take to be read at the rate of its decode.
  assert.match(told['rkllm-log/session.log']!, /prefill of 13 tokens on npu took 40\.00 ms.*alone it would be met, but the 3 fitted points .*--lines 7,8\)/)
})

fit('the fitted profile is sound, keeps its base’s other parameters, says where each rate stands', async () => {
  const points = await readPoints([fixture('llama-bench/tests.jsonl')], { model })
  const { device, parameters, warnings } = fitDevice(points, model, base)
  assert.is(checkProfile(JSON.parse(JSON.stringify(device)), 'fitted').id, 'rk3588-nanopc-t6-fitted')
  // The base's CPU would need most of the measured times for attention and head: it is moved along.
  assert.equal(parameters.map(({ id }) => id), ['npu.prefillTokensPerS', 'npu.bandwidthGBs', 'cpu.prefillGflops', 'cpu.bandwidthGBs'])
  assert.match(device.parameters['npu.bandwidthGBs']!.source, /bench-tests\.jsonl:2/)
  assert.equal(device.parameters['flash.load8GiBMs'], base.parameters['flash.load8GiBMs'])
  assert.ok(warnings.some((warning) => warning.includes('nothing checks the fit')))
  // 640 token/s, and 32 tokens a second that each read the 10^9 bytes of the file.
  near(parameters[0]!.reading!.tokensPerS, 640, 0.01)
  near(parameters[1]!.reading!.weightGBs!, 32, 0.01)
})

fit('a profile without an accelerator is fitted by rates of its CPU, and lent what it lacks for others', () => {
  const { 'npu.prefillTokensPerS': _rate, 'npu.bandwidthGBs': _bandwidth, 'npu.launchMs': _launch, 'npu.headOnCpuFrom': _head, ...left } = base.parameters
  const phone: DeviceProfile = { ...base, id: 'phone', parameters: left }
  const own = fitDevice([point('prefill', 64, 500e6, { processor: 'cpu' })], model, phone)
  assert.is(own.device.parameters['npu.bandwidthGBs'], undefined)
  const lent = fitDevice([point('decode', 10, 500e6)], model, phone)
  assert.ok(lent.warnings.some((warning) => /phone does not say npu\./.test(warning)))
  near(lent.points[0]!.predictedNs, 500e6, 0.01)
})

const refused = async (paths: string[], options: Partial<PointOptions>, message: RegExp): Promise<void> => {
  try {
    await readPoints(paths, { model, ...options })
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, message)
  }
}
const row = '| Qwen2.5 | 1.5B | w8a8 | 128 | 64 | 400.00 | 16.00 | 1700.00 |\n'
const header = '| Model | Model Size | Dtype | Seqlen | New_tokens | TTFT(ms) | Tokens/s | memory(MB) |\n| :-- | :-- | :-- | :-- | :-- | :-- | :-- | :-- |\n'
const test = (more: object): string => `${JSON.stringify({ build_commit: 'aa', cpu_info: 'A CPU', backends: 'CPU', model_type: 'qwen2 1.5B Q4_0', n_threads: 4, n_gpu_layers: 0, n_prompt: 128, n_gen: 0, n_depth: 0, avg_ns: 2e9, stddev_ns: 0, ...more })}\n`

fit('machines are never averaged: of one file, of two, by threads, by backend, by storage', async () => {
  const two = file('two.md', `### RK3588\n${header}${row}### RK3576\n${header}${row}`)
  await refused([two], {}, /two\.md has rates of RK3588, RK3576; choose one with --platform/)
  assert.is((await readPoints([two], { model, platform: 'RK3576' })).length, 2)
  await refused([two], { platform: 'RK3399' }, /no rates of RK3399; there are RK3588, rkllm, RK3576/)
  const [one, other] = [file('a.jsonl', test({})), file('b.jsonl', test({ cpu_info: 'Another CPU' }))]
  await refused([one, other], {}, /a\.jsonl.*b\.jsonl have rates of A CPU, Another CPU; choose one with --platform/)
  const threads = file('threads.jsonl', test({}) + test({ n_threads: 8 }))
  await refused([threads], {}, /rates with 4, 8 threads; choose one with --threads/)
  assert.is((await readPoints([threads], { model, threads: 8 })).length, 1)
  const backends = file('backends.jsonl', test({ n_gpu_layers: 99, backends: 'OpenCL' }) + test({ n_gpu_layers: 99, backends: 'Vulkan' }))
  await refused([backends], {}, /rates of OpenCL, Vulkan; choose one with --platform/)
  assert.is((await readPoints([backends], { model, platform: 'vulkan' })).length, 1)
  const mixed = file('mixed.jsonl', test({}) + test({ n_gpu_layers: 99, backends: 'OpenCL', avg_ns: 1e9 }))
  assert.equal((await readPoints([mixed], { model, processor: 'cpu' })).map(({ ns }) => ns), [2e9])
  const notes: string[] = []
  assert.is((await readPoints([file('cpu.jsonl', test({}))], { model, processor: 'npu', warn: (text) => notes.push(text) }))[0]!.processor, 'npu')
  assert.match(notes[0]!, /the file says that the CPU ran: taken for npu, as you say/)
  // A CPU beside a GPU are two processors of one machine, each with its own parameters.
  assert.equal((await readPoints([file('both.jsonl', test({}) + test({ n_gpu_layers: 99, backends: 'OpenCL' }))], { model })).map(({ processor }) => processor), ['cpu', 'npu'])
  const stored = file('stored.jsonl', test({}) + test({ model_type: 'qwen2 1.5B Q8_0' }))
  await refused([stored], {}, /stored as w4, q8_0; choose one with --quant/)
  assert.is((await readPoints([stored], { model, quant: 'Q8_0' }))[0]!.quant.id, 'q8_0')
})

fit('what the file does not say is asked for, and the user’s word for the model counts', async () => {
  await refused([file('x.log', 'llama_print_timings: eval time = 10.00 ms / 5 runs (x)\n')], { quant: 'Q4_0' }, /does not say which processor.*--as cpu or --as npu/)
  await refused([file('x.log', 'llama_print_timings: eval time = 10.00 ms / 5 runs (x)\n')], { processor: 'cpu' }, /does not say how its weights are stored; say it with --quant/)
  await refused([file('x.log', 'ggml-hex: HTP0 ADD a 1:1:1:1 x b 1:1:1:1 -> c 1:1:1:1 : total 5 us (a 1 us) cycles 1 pkts 1 (2.0) call 0 us\n')], {}, /expected rates, found "ops/)
  const notes: string[] = []
  const warn = (text: string): void => void notes.push(text)
  const alien = file('alien.md', `### RK3588\n${header}${row.replace('Qwen2.5', 'RWKV7')}`)
  assert.is((await readPoints([alien], { model, warn })).length, 2)
  assert.match(notes.join('\n'), /rates are of RWKV7 1\.5B: taken for qwen2\.5-1\.5b, as you say/)
  const several = file('several.md', `### RK3588\n${header}${row.replace('Qwen2.5', 'RWKV7')}${row.replace('Qwen2.5', 'MiniCPM')}`)
  await refused([several], {}, /no rate is of qwen2\.5-1\.5b by its name: there are rates of RWKV7 1\.5B, MiniCPM 1\.5B; .*--rates-of/)
  assert.is((await readPoints([several], { model, ratesOf: 'minicpm' }))[0]!.line, 5)
  await refused([several], { lines: [99] }, /several|no rate is of/)
  await refused([alien], { lines: [99] }, /stands in line 99; they stand in 4/)
})

fit('rates without a count need a prompt’s length; mixed, batched and speculative ones are never fitted', () => {
  const setting = { ...emptySetting, model: 'qwen2.5-1.5b', quant: 'Q4_0', backend: 'CPU', isProcessorTold: true }
  const rate = (phase: 'prefill' | 'decode' | 'mixed', ns: number, inferred: Record<string, string>): Rate => ({ subject: { of: 'phase', phase, tokens: 1, past: 0 }, ns, sdNs: -1, runs: 1, samplesNs: [], setting: 0, line: 1, inferred })
  const untold = { tokens: 'count-not-told' }
  const [prefill, decode, ...others] = candidatesOf('a.txt', {
    format: 'x',
    settings: [setting],
    skipped: {},
    rates: [rate('prefill', 25e6, untold), rate('decode', 100e6, untold), rate('mixed', 1e6, {}), rate('decode', 1e6, { tokens: 'speculative' }), rate('decode', 1e6, { ns: 'batched' })],
  })
  assert.is(others.length, 0)
  assert.throws(() => pointOf(prefill!, { model }), /a\.txt:1 has a rate of a prefill and does not say how long its prompt was; say it with --prompt-tokens/)
  const told = pointOf(prefill!, { model, promptTokens: 200 })
  assert.equal([told.tokens, told.ns], [200, 5e9])
  const notes: string[] = []
  assert.equal([pointOf(decode!, { model, warn: (text) => notes.push(text) }).ns, notes.length], [100e6, 1])
  assert.match(notes[0]!, /taken for one behind a short prompt/)
})

fit('what files hold is listed with the command to type', async () => {
  const { rates, models, next } = await readHoldings([fixture('rkllm-log/table.md')])
  assert.equal(models, ['qwen2.5-0.5b', 'qwen2.5-1.5b'])
  assert.match(next, /^worldswitch devices fit --from \S+ --model qwen2\.5-0\.5b$/)
  assert.equal([rates[0]!.phase, rates[0]!.tokens, rates[0]!.ns, rates[0]!.device], ['prefill', 128, 150e6, 'RK3588'])
  const bare = await readHoldings([file('bare it.log', 'llama_print_timings: eval time = 10.00 ms / 5 runs (x)\n')])
  assert.match(bare.next, /--from '.*bare it\.log' --model MODEL --quant QUANT --as cpu$/)
  await readPoints([file('big.jsonl', test({}).repeat(150_000))], { model }) // a spread of so many would overflow the stack
})

fit('an import of rates says what they are and what to type; other faults stay what they were', async () => {
  const said = async (text: string, name: string, fault: BadInput): Promise<string> => (await ratesNotOps(fault, memorySource(text, name), memoryTools)).message
  const fault = new BadInput({ file: 'bench.jsonl' }, 'ops')
  assert.match(await said(test({}), 'my bench.jsonl', fault), /found "rates \(llama-bench\)"; these are rates, prefill of 128 tokens at 64 token\/s; of qwen2 1\.5B Q4_0; .*worldswitch devices fit --from 'my bench\.jsonl' --model qwen2\.5-1\.5b$/)
  assert.is(await said('nothing of the kind', 'bench.jsonl', fault), fault.message)
})

fit('the bytes of a weight come from the file’s own size of the model, where that can be', async () => {
  const sized = async (bytes: number) => (await readPoints([file('sized.jsonl', test({ model_size: bytes, model_n_params: 1543714304 }))], { model, warn: () => undefined }))[0]!.quant
  near((await sized(1_000_000_000)).bytesPerWeight, 1_000_000_000 / 1543714304, 1e-3)
  assert.is((await sized(9_000_000_000)).bytesPerWeight, 18 / 32)
  assert.is((await sized(0)).bytesPerWeight, 18 / 32)
})

fit.run()
