import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memorySource, memoryTools } from '../testing/trace-source.js'
import { asUtf8, utf16Of } from '../trace/utf16.js'
import { lineStrip } from './line-margins.js'
import { withoutPrefixes } from './line-prefixes.js'
import { eachLogLine } from './log-lines.js'
import { Skipped } from './skipped.js'

const lines = suite('lines without their prefixes')

/** What begins like a prefix and is none: rows and titles of formats that are read, and JSON. */
const kept = [
  '| model | size | params |',
  '[',
  '[{"build_commit":"abc"},',
  '[1, 2, 3]',
  '[12.345678]',
  '[Profile] Event: prefill',
  '[profiler][qnn-cpu][0]ggml_qnn, duration time: 0.125 ms',
  '[dspbackend_init, 77]: opened domain 3',
  '     app-7     [000] .....     1.000000: optee_invoke_fn_end: param=00000000000000a1',
  ' 0)   1.500 us    |  foo();',
  '0)   1.500 us    |  foo();',
  '1.500 us |   2 |   ta_setup()',
  '1    Conv             INT8     NPU    (1,3,8,8),(16,3,3,3),(16)',
  '0 | MUL_MAT | 100 | 20 | 120 | 4096:1 | q4_0 | attn-0',
  'INSERT INTO test_backend_ops VALUES (1)',
  'ADD(type=f32,ne=[10,5,4,3]): 100 runs - 1.00 us/run - 1 kB/run - 1.00 GB/s',
  'ADD: 2 x 10.5 ms',
  'Init  100.0  /',
  'Vulkan Timings:',
  'Decode: 40.25 ms/tok [3 tokens]',
  'May be slow on this device',
  '"build_commit","test_time"',
  'llama_perf_context_print:        load time =    1000.50 ms',
]

lines('what no log writer wrote stays, by itself and as a whole file', () => {
  for (const text of kept) {
    assert.is(withoutPrefixes(text), text)
    assert.equal([text, 'another line'].map(lineStrip([text, 'another line'])), [text, 'another line'])
  }
})

const tables = [
  ['| model | test | t/s |', '| --- | --- | ---: |', '| llama 1B | pp128 | 200 |'],
  ['| | Stage | Time |', '|---|---|---|', '| a | Prefill | 1 |'],
  ['╒════╤═══════╕', '│    │ name  │', '╞════╪═══════╡', '│  0 │ init  │', '╘════╧═══════╛'],
  ['|  0 | MUL_MAT | 100 |', '|  1 | ADD | 20 |'],
  ['  0  Default  Method::init  1.5', '  1  Execute  native_call  0.1'].map((row) => row.slice(2)),
  ['1\tConv\tINT8', '2\tAdd\tINT8', '3\tConv\tINT8'],
  ['0 | MUL_MAT | 100', '1 | ADD | 20', '2 | ADD | 20'],
  ['name,us', '1,5', '2,6'],
]

lines('tables keep their bars and their first column', () => {
  for (const table of tables) assert.equal(table.map(lineStrip(table)), table)
})

lines('prefixes that stand ahead of each other are all taken off, the text behind keeps its blanks', () => {
  for (const prefix of ['server-1  | 2025-11-02T10:00:01.123Z INFO  ', '| > I 00:00:01.234567 executorch:a.cpp:12] ']) {
    const all = ['title', '  row', 'a: b'].map((text) => prefix + text)
    assert.equal(all.map(lineStrip(all)), ['title', '  row', 'a: b'])
  }
})

lines('a panel with bars at both ends is opened', () => {
  const panel = ['│ llama_perf: a      │', '│ | pp128 | 200 |    │', '│ done               │']
  assert.equal(panel.map(lineStrip(panel)), ['llama_perf: a', '| pp128 | 200 |', 'done'])
})

lines('parts of a line between carriage returns are lines of one number', async () => {
  const seen: [string, number][] = []
  await eachLogLine(memorySource('a 10%\ra 20%\rrow\r\n\r\r\nb\r\rc'), memoryTools, new Skipped(), (text, line) => seen.push([text, line]))
  assert.equal(seen, [['a 10%', 1], ['a 20%', 1], ['row', 1], ['', 2], ['b', 3], ['c', 3]])
})

lines('UTF-16 is told from UTF-32 and from binary, and decoded wherever a chunk is cut', async () => {
  const text = '\ufeffrow one │ 😀\nrow two\n'
  const little = new Uint8Array(Buffer.from(text, 'utf16le'))
  const big = new Uint8Array(Buffer.from(text, 'utf16le').swap16())
  assert.equal([utf16Of(little), utf16Of(big), utf16Of(little.subarray(2)), utf16Of(big.subarray(2))], ['utf-16le', 'utf-16be', 'utf-16le', 'utf-16be'])
  assert.equal([utf16Of(new Uint8Array([0xff, 0xfe, 0, 0, 65, 0, 0, 0])), utf16Of(new Uint8Array(64)), utf16Of(new TextEncoder().encode(text))], [undefined, undefined, undefined])
  for (const bytes of [little, big])
    for (const chunkBytes of [1, 3, 7]) {
      let decoded = ''
      const decoder = new TextDecoder()
      for await (const chunk of asUtf8(memorySource(bytes, 'test', chunkBytes)).chunks()) decoded += decoder.decode(chunk, { stream: true })
      assert.is(decoded, text.slice(1))
    }
})

lines.run()
