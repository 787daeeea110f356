import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Layer times of Rockchip's NPU runtime: the table of `eval_perf` and RKNN_QUERY_PERF_DETAIL. */
export const rknnPerf: Format = {
  id: 'rknn-perf',
  title: 'RKNN layer table (eval_perf, RKNN_QUERY_PERF_DETAIL)',
  source: 'https://github.com/airockchip/rknn-toolkit2',
  content: ['profile'],
  phases: 'none: one frame',
  bytes: 'RW(KB) of each layer; FLOPs by the shapes of convolutions and matmuls',
  runtime: 'rknn-toolkit2 and librknnrt on Rockchip NPUs',
  command: 'python -c "from rknn.api import RKNN; r = RKNN(); r.load_rknn(\'model.rknn\'); r.init_runtime(target=\'rk3588\', perf_debug=True); r.eval_perf()" > perf.txt',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/Network Layer Information Table|Operator Time[ -]Consuming Ranking/.test(text)) return yes
    if (/^.{0,60}\bID[ ,\t|]{1,200}OpType[ ,\t|]{1,200}DataType[ ,\t|]{1,200}Target\b/m.test(text)) return yes
    const row = /^(?:.{0,40}D RKNN: \[[\d:.]{1,16}\] )?[ \t]*\d{1,6}[ \t]+\S{1,120}[ \t]+(?:B?FLOAT(?:16|32)|U?INT(?:4|8|16|32|64)|BOOL)[ \t]+(?:CPU|NPU|GPU)[ \t]+[(\\]/m
    const page = /^[ \t]*\|\s*\d{1,6}\s*\|[^|\n]{1,120}\|\s*(?:B?FLOAT(?:16|32)|U?INT(?:4|8|16|32|64)|BOOL)\s*\|\s*(?:CPU|NPU|GPU)\s*\|\s*[(\\]/m
    const ranking = /^[ \t]*OpType\s{1,80}Call ?Number\b|^[ \t]*[A-Za-z]\S{0,120}\s{1,80}\d{1,9}(?:\s{1,80}\d{1,12}){3,4}\s{1,80}(?:\d{1,3}\.\d\d|[\d.]{1,8}\s?%)[ \t|]*\r?$/m
    return row.test(text) || page.test(text) || ranking.test(text) ? yes : no('no layer row of rknn')
  },
  read: async (source, into, tools) => (await import('./rknn/read-rknn.js')).readRknn(source, into, tools),
}
