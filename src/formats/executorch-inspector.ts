import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** The table that ExecuTorch's Inspector prints or saves as TSV, of an ETDump or a delegate's own profile. */
export const executorchInspector: Format = {
  id: 'executorch-inspector',
  title: 'ExecuTorch Inspector table (text, Markdown, TSV)',
  source: 'https://docs.pytorch.org/executorch/stable/model-inspector.html',
  takes: ['model', 'quant', 'clock'],
  content: ['profile'],
  phases: 'the block Default is load; Execute has none',
  bytes: 'none',
  runtime: 'ExecuTorch, also with the QNN delegate (cycles)',
  command: 'python -c "from executorch.devtools import Inspector; Inspector(etdump_path=\'etdump.etdp\').save_data_to_tsv(open(\'table.tsv\', \'w\'))"',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    return /^[^\n]{0,4000}\bevent_block_name\s{0,200}[\t|│┃ ][^\n]{0,4000}[\t|│┃ ]\s{0,200}event_name\b/m.test(text) || /event_block_name[\s|│┃\t]{1,80}event_name/.test(text) ? yes : no('no table of the Inspector')
  },
  read: async (source, into, tools) => (await import('./executorch/read-inspector.js')).readInspector(source, into, tools),
}
