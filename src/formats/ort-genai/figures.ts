/** The figures of one configuration of the benchmark. */
export type Figure = 'batch' | 'prompt' | 'generated' | 'promptRate' | 'promptLatency' | 'rate' | 'latency' | 'model' | 'precision' | 'provider' | 'other'

const NAMES: Readonly<Record<string, Figure>> = {
  'batch size': 'batch',
  'prompt length': 'prompt',
  'prompt tokens': 'prompt',
  'tokens generated': 'generated',
  tokens: 'generated',
  'tokens to generate': 'generated',
  'prompt processing throughput': 'promptRate',
  'prompt processing latency': 'promptLatency',
  'token generation throughput': 'rate',
  'token generation latency': 'latency',
  'model info.full name': 'model',
  precision: 'precision',
  'backend options.execution provider': 'provider',
  device: 'provider',
  'max length': 'other',
  'tokenization throughput': 'other',
  'tokenization latency': 'other',
  'sampling throughput': 'other',
  'sampling latency': 'other',
  'wall clock throughput': 'other',
  'wall clock time': 'other',
}

/** The figure that a name is of, in any spelling of the benchmark: `Average Prompt Processing Latency (per token)`, `Prompt Processing
 *  Throughput (tps)`, `metrics.customized.token_generation_throughput_tps`; undefined: none of them. */
export function figureOf(name: string): Figure | undefined {
  const plain = name
    .slice(0, 120)
    .replace(/[*`"]/g, '')
    .trim()
    .toLowerCase()
    .replace(/^(?:config|metrics|metadata)\./, '')
    .replace(/^customized\./, '')
    .replace(/\((?:per token|tps|ms|s|us)\)/g, '')
    .replace(/_(?:tps|ms|s)$/, '')
    .replace(/_/g, ' ')
    .replace(/^average /, '')
    .replace(/\s+/g, ' ')
    .trim()
  return Object.hasOwn(NAMES, plain) ? NAMES[plain] : undefined
}
