import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fixture, importText, memorySource, memoryTools } from '../testing/trace-source.js'
import { readRates } from './index.js'

/** A row that lost something is left out, and told: behind each fixture stands one more row that cannot be read. */
const cut = suite('rows that are cut')

const ops: readonly (readonly [file: string, row: string, reason: string])[] = [
  ['llamacpp-hexagon/old.log', 'ggml-hex: HTP0 ADD a 64:2 x b 64:2 -> c 64:2 : total 12', 'op line that is cut'],
  ['llamacpp-hexagon/new.log', 'ggml-hex: HTP0 profile-op', 'op line that is cut'],
  ['llamacpp-opencl-profile/two-graphs.csv', 'Qcur-0,kernel_mul_mat_q4_0_f32,0.01', 'line that is no kernel row'],
  ['llamacpp-vulkan-perf/newer.log', 'MUL_MAT_VEC q8_0 m=64 n=1 k=32: 6 x 5 minutes', 'line that is no timing'],
  ['ggml-graph-profiler/nodes.md', '|     12 |    MUL_MAT |    100 |', 'line that is no node'],
  ['rknn-perf/layers.txt', '9    ConvRelu         INT8     NPU    (1,3,8,8),(16,3', 'row that is cut'],
  ['rknn-perf/layers.csv', '3,Conv,INT8,NPU,"(1,3,8,8)"', 'row that is cut'],
  ['tflite-op-profile/old.txt', '\t                 CONV_2D\t            0.000\t    4.2', 'row that is cut'],
  ['tflite-op-profile/profile.csv', 'CONV_2D, 4.269, 4.250, 50.0%', 'row that is cut'],
  ['executorch-inspector/table.txt', '│  7 │ Execute', 'row that is cut'],
  ['executorch-inspector/table.txt', '│ .. │ ... │ ... │ ... │ ... │ ... │', 'rows that the printer left out (…), at least'],
  ['executorch-inspector/table.tsv', 'Execute\tnative_call_addmm.out', 'row that is cut'],
  ['executorch-inspector/delegate-ns.txt', '|  9 | Execute            | Fully Connected | 1 |', 'row without an average'],
  ['qnn-profile/backend.log', '[dump_profile_info, 444]: [qnn-npu][MUL_MATf32_64x32f32_64x3f32]qnn_profile: [ROOT][QNN (exec', 'event that is cut'],
  ['qnn-profile/backend.log', '[profiler][qnn-cpu][0]ggml_qnn, dura', 'event that is cut'],
  ['qnn-profile/viewer.csv', '1234,NODE,12', 'row that is cut'],
]

const skippedOf = async (content: string): Promise<Readonly<Record<string, number>>> => (await importText(content, { clockHz: 1e9 })).header.skipped

for (const [file, row, reason] of ops)
  cut(`${file}: ${row.trim().slice(0, 40)}`, async () => {
    const content = fixture(file).replace(/\n?$/, '\n')
    const before = (await skippedOf(content))[reason] ?? 0
    assert.is((await skippedOf(`${content}${row}\n`))[reason], before + 1)
  })

const rates: readonly (readonly [file: string, row: string, reason: string])[] = [
  ['llama-bench/table.md', '| qwen2 1.5B Q4_0 | 1.00 GiB | pp512 | 100.00 ± 1.00 |', 'row of llama-bench that is cut'],
  ['llama-bench/tests.jsonl', '{"build_commit":"abc","avg_ns":1', 'entry that is no test'],
  ['llama-bench/tests.sql', 'INSERT INTO test (build_commit, avg_ns) VALUES (', 'record that is cut'],
  ['llama-bench/tests.csv', '"abc","1"', 'record that is cut'],
  ['llamacpp-test-backend-ops/console.txt', '  MUL_MAT(type_a=f32,m=1,n=1,k=1):   10 runs -   1.00 us/r', 'case that is cut, or in an unknown unit'],
  ['llamacpp-test-backend-ops/perf.sql', 'INSERT INTO test_backend_ops (test_time) VALUES (', 'record that is cut'],
]

for (const [file, row, reason] of rates)
  cut(`${file}: ${row.trim().slice(0, 40)}`, async () => {
    const content = fixture(file).replace(/\n?$/, '\n')
    const skipped = async (text: string): Promise<number> => (await readRates(memorySource(text), memoryTools)).skipped[reason] ?? 0
    assert.is(await skipped(`${content}${row}\n`), (await skipped(content)) + 1)
  })

cut('a row of llama-bench without its title is told, other tables are not', async () => {
  const content = '| qwen2 1.5B Q4_0 | 1.00 GiB | pp512 | 100.00 ± 1.00 |\n| a | b |\n| - | - |\n'
  const { skipped } = await readRates(memorySource(content + fixture('llama-bench/table.md')), memoryTools)
  assert.is(skipped['row of llama-bench without the title of its table'], 1)
})

cut.run()
