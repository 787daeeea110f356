import { no, startsWith, yes } from './detected.js'
import type { Format } from './format.js'

const ED00 = [0x45, 0x44, 0x30, 0x30]

/** ExecuTorch's runtime profile as it is written: a flatbuffer, with or without its size in front. */
export const etdump: Format = {
  id: 'etdump',
  title: 'ExecuTorch ETDump (flatbuffer)',
  source: 'devtools/etdump/etdump_schema.fbs of ExecuTorch',
  takes: ['model', 'quant', 'clock'],
  content: ['timeline'],
  phases: 'the block Default is load; each block Execute is a step without a phase',
  bytes: 'none',
  runtime: 'ExecuTorch',
  command: 'executor_runner --model_path=model.pte --etdump_path=etdump.etdp  # ticks: worldswitch import etdump.etdp --clock 1GHz',
  detect: ({ bytes }) => (startsWith(bytes, ED00, 8) || startsWith(bytes, ED00, 4) ? yes : no('no flatbuffer with identifier ED00')),
  read: async (source, into, tools) => (await import('./executorch/read-etdump.js')).readEtdump(source, into, tools),
}
