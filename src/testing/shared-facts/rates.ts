import type { Rate, RateReading } from '../../formats/rates.js'
import { phases } from '../../trace/words.js'
import { differs, sum, type SharedFact } from './facts.js'
import { sumsBy, top } from './llamacpp.js'

/** `prefill 321: 2201.45 ms`, in the order of the file. */
const said = ({ rates }: RateReading): string[] => rates.map((rate) => (rate.subject.of === 'phase' ? `${rate.subject.phase} ${rate.subject.tokens}: ${rate.ns / 1e6} ms` : `${rate.subject.name}: ${rate.ns} ns`))

/** llama-bench's own words, from the time back. */
function speed({ subject, ns, sdNs }: Rate): string {
  if (subject.of !== 'phase') return ''
  const perSecond = (subject.tokens * 1e9) / ns
  return `${subject.phase === 'prefill' ? 'pp' : 'tg'}${subject.tokens} ${perSecond.toFixed(2)}±${(sdNs < 0 ? 0 : (perSecond * sdNs) / ns).toFixed(2)}`
}

function log(file: string, expected: readonly string[], unmeasured: number, format = 'llamacpp-log'): SharedFact {
  return {
    file,
    format,
    reads: 'rates',
    fails: (reading) =>
      differs({
        rates: [expected, reading.rates.map((rate, i) => (rate.inferred['ns'] === 'from-rate' ? speed(rate) : said(reading)[i]))],
        unmeasured: [unmeasured, reading.skipped['timing that was not measured (0, inf or nan)'] ?? 0],
      }),
  }
}

function bench(file: string, tests: number, backends: Readonly<Record<string, number>>, sumNs: number, samples: number, first: string, last: string, depths: readonly number[]): SharedFact {
  return {
    file: `llamacpp-bench-jsonl/${file}`,
    format: 'llama-bench',
    reads: 'rates',
    fails({ rates, settings }) {
      const count: Record<string, number> = {}
      for (const { setting } of rates) count[settings[setting]!.backend] = (count[settings[setting]!.backend] ?? 0) + 1
      const phases = rates.map(({ subject }) => (subject.of === 'phase' ? subject : undefined)!)
      const perSecond = (i: number): string => (phases[i]!.tokens / (rates[i]!.ns / 1e9)).toFixed(2)
      return differs({
        tests: [tests, rates.length],
        prompt: [tests / 2, phases.filter(({ phase }) => phase === 'prefill').length],
        backends: [backends, count],
        sum: [sumNs, sum(rates.map(({ ns }) => ns))],
        samples: [samples, sum(rates.map(({ samplesNs }) => samplesNs.length))],
        first: [first, perSecond(0)],
        last: [last, perSecond(rates.length - 1)],
        depths: [depths, [...new Set(phases.map(({ past }) => past))].sort((a, b) => a - b)],
      })
    },
  }
}

export const rateFacts: readonly SharedFact[] = [
  log(
    'llamacpp-log/qwen2.5-1.5b-q4_0-htp0-s25.txt',
    ['pp64 100.06±0.00', 'load 0: 1658.5 ms', 'mixed 129: 2299.75 ms', 'tg32 32.40±0.00', 'mixed 34: 3331.58 ms'],
    4,
  ),
  // Nothing warmed the model up: the prompt's 959.94 ms are in the 3237.2 ms that are printed.
  log('llamacpp-log/llama3.2-3b-256-adreno830.log', ['load 0: 2277.26 ms', 'prefill 256: 959.94 ms', 'mixed 257: 3241.33 ms'], 1),
  log('llamacpp-log/qwen2.5-1.5b-q4_0-adreno830-bench.log', ['pp128 615.22±3.97', 'tg128 32.43±1.96'], 0, 'llama-bench'),
  log('llamacpp-log/mobilevlm-sd888-case1.txt', ['load 0: 23574.72 ms', 'prefill 246: 12460.15 ms', 'decode 6: 424.86 ms', 'mixed 0: 34731.93 ms'], 0),
  log('llamacpp-log/llama3.2-1b-q4_0-htp0-completion.txt', ['load 0: 617.94 ms', 'prefill 11: 80.76 ms', 'decode 475: 9210.59 ms', 'mixed 486: 9454.92 ms'], 0),
  bench('llama32-1b-rocm-strix-halo.jsonl', 10, { ROCm: 10 }, 7053774644, 10, '4703.28', '64.62', [0, 1024, 4096, 16384, 65536]),
  bench('llama2-7b-q4_0-raw-runs.jsonl', 364, { ROCm: 208, Vulkan: 156 }, 4120787560080, 1820, '50.04', '37.74', [0]),
  log('rkllm-log/qwen2.5-vl-3b-rk3588-session.log', ['load 0: 3361.48 ms', 'prefill 321: 2201.45 ms', 'decode 101: 12419.47 ms', 'prefill 13: 184.35 ms', 'decode 71: 8711.49 ms'], 0, 'rkllm-log'),
  log('rkllm-log/deepseek-r1-1.5b.txt', ['prefill 81: 562.15 ms', 'decode 429: 53718.66 ms'], 0, 'rkllm-log'),
  {
    file: 'rkllm-log/rockchip-benchmark.md',
    format: 'rkllm-log',
    reads: 'rates',
    fails({ rates, settings, skipped }) {
      const lines = new Set(rates.map(({ line }) => line)).size
      const first = settings[rates[0]!.setting]!
      return differs({
        // A row of the image encoder has no rate of a language model; the 109 of the facts has the last table's header in it.
        rows: [109 - 1, lines + (skipped['image encoder (no part of the language model)'] ?? 0) / 2],
        platforms: [['RK3562', 'RK3576', 'RK3588', 'RV1126B'], [...new Set(settings.map(({ device }) => device))].sort()],
        first: [['Qwen2 0.5B', 'w8a8', 145.9, '41.58', '669.56'], [first.model, first.quant, rates[0]!.ns / 1e6, (63e9 / rates[1]!.ns).toFixed(2), (first.peakBytes / 2 ** 20).toFixed(2)]],
      })
    },
  },
  {
    file: 'llmrs-profile/qwen2.5-1.5b-q4_0-s25-prefill456.log',
    format: 'llmrs-profile',
    reads: 'trace',
    fails(trace) {
      const { ops, strings, header } = trace
      const sums = sumsBy(trace, (i) => strings[ops.name[i]!]!)
      return differs({
        kinds: [11, Object.keys(sums).length],
        sum: [1050484e3, sum(ops.durationNs)],
        top: [
          [
            ['flash_prefill_gpu', 337168e3],
            ['ffn_down', 206661e3],
            ['ffn_up', 143813e3],
          ],
          top(sums, 3),
        ],
        layers: [28, new Set(Array.from(ops.layer)).size],
        prompt: [456, header.requests[0]!.promptTokens],
        model: ['qwen2.5-1.5b', header.models[0]?.id],
        zeros: [1, header.skipped['table of zeros']],
        adds: [undefined, header.skipped['table whose rows do not add up to its total']],
      })
    },
  },
  {
    file: 'llmrs-profile/llama3.2-1b-orin-cuda-per-op.log',
    format: 'llmrs-profile',
    reads: 'trace',
    fails(trace) {
      const { ops, strings, header } = trace
      const sums = sumsBy(trace, (i) => strings[ops.name[i]!]!)
      // Counts that fit neither the 29 tokens nor all 31 passes are those of the prompt and of the token that warmed up.
      const ahead = Object.fromEntries(['matmul', 'rms_norm'].map((name) => [name, Array.from(ops.name).filter((word, i) => strings[word] === name && phases[ops.phase[i]!] === 'prefill').length]))
      return differs({
        labels: [14, Object.keys(sums).length],
        sum: [969461e3, sum(ops.durationNs)],
        calls: [11532, ops.length],
        top: [
          [
            ['matmul_ffn', 532694e3],
            ['lm_head', 154820e3],
            ['matmul_qkv', 115438e3],
          ],
          top(sums, 3),
        ],
        tokens: [29, new Set(Array.from(ops.step).filter((_, i) => phases[ops.phase[i]!] === 'decode')).size],
        // Counts that fit neither the 29 tokens nor all 31 passes are those of the prompt and of the token that warmed up.
        'ahead of the decode': [{ matmul: 224, rms_norm: 66 }, ahead],
        prompt: [6, header.requests[0]!.promptTokens],
        model: ['llama-3.2-1b', header.models[0]?.id],
      })
    },
  },
  {
    file: 'llmrs-profile/llama3.2-1b-s25-opencl-events.json',
    format: 'llmrs-profile',
    reads: 'rates',
    fails: (reading) =>
      differs({
        rates: [['load 0: 6251.767 ms', 'mixed 0: 199.55 ms', 'decode 1: 20.49 ms'], said(reading)],
        model: ['llama3.2-1b', reading.settings[0]!.model],
      }),
  },
  {
    file: 'llmrs-profile/qwen-decode-steps.json',
    format: 'llmrs-profile',
    reads: 'rates',
    fails({ rates }) {
      const steps = rates.flatMap(({ subject, ns }) => (subject.of === 'phase' ? [{ past: subject.past, ns }] : []))
      return differs({
        steps: [255, steps.length],
        forward: [45798504e3, sum(steps.map(({ ns }) => ns))],
        sample: [1419482e3, sum(rates.flatMap(({ subject, ns }) => (subject.of === 'op' ? [ns] : [])))],
        cache: [[658, 912], [steps[0]!.past, steps.at(-1)!.past]],
      })
    },
  },
]
