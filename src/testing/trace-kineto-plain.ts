import { uniformStream } from '../base/random.js'
import { BASE_US, kernelNames } from './trace-kineto-file.js'

const wholes = ['aten::linear', 'aten::matmul', 'aten::scaled_dot_product_attention', 'aten::to', 'aten::layer_norm', 'aten::reshape']
const inner = ['aten::t', 'aten::transpose', 'aten::as_strided', 'aten::view', 'aten::empty', 'aten::mm', 'aten::_to_copy', 'aten::copy_']

/** Text of `events` events as PyTorch's profiler writes them when nothing is asked of it (no stacks, no shapes; its line
 *  breaks), about 174 bytes each, in pieces: 72 % operators within each other, 12 % runtime calls, 8 % flows, 4 % kernels, 4 %
 *  names of threads and instants. Decode steps under `ProfilerStep`. The same seed, the same text. */
export function* plainKinetoText(events: number, seed = 1): Generator<string> {
  const draw = uniformStream(seed, 'kineto-plain')
  const whole = (below: number): number => Math.floor(draw() * below)
  const us = (ns: number): string => `${Math.floor(ns / 1000)}.${String(ns % 1000).padStart(3, '0')}`
  const at = (ns: number): string => `${BASE_US + Math.floor(ns / 1000)}.${String(ns % 1000).padStart(3, '0')}`
  let text =
    '{\n  "schemaVersion": 1,\n  "deviceProperties": [\n    {\n      "id": 0, "name": "Orin (nvgpu)", "totalGlobalMem": 65890271232\n    }\n  ],\n' +
    '  "displayTimeUnit": "ms",\n  "baseTimeNanoseconds": 1767189312000000000,\n  "traceEvents": ['
  let count = 0
  let id = 1
  let nowNs = 0
  let gpuNs = 0
  const event = (body: string): void => {
    text += `${count++ === 0 ? '' : ','}\n  {\n    ${body}\n  }`
  }
  const complete = (cat: string, name: string, pid: number, tid: number, ns: number, durationNs: number, args: string): void =>
    event(`"ph": "X", "cat": "${cat}", "name": "${name}", "pid": ${pid}, "tid": ${tid},\n    "ts": ${at(ns)}, "dur": ${us(durationNs)},\n    "args": {\n      ${args}\n    }`)
  const op = (name: string, ns: number, durationNs: number): void =>
    complete('cpu_op', name, 4711, 4711, ns, durationNs, `"External id": ${id++},"Record function id": 0, "Ev Idx": ${id}`)
  for (let step = 0; count < events; step++) {
    const beganNs = nowNs
    for (let layer = 0; layer < 120 && count < events; layer++) {
      for (let part = 0; part < 2; part++) {
        op(wholes[whole(wholes.length)]!, nowNs, 38_000)
        for (let i = 1; i < 9; i++) op(inner[whole(inner.length)]!, nowNs + i * 4000, 1500 + whole(2000))
        nowNs += 40_000
      }
      complete('cuda_runtime', 'cudaStreamIsCapturing', 4711, 4711, nowNs - 12_000, 300, `"External id": ${id - 3}, "cbid": 317, "correlation": ${id + 1}`)
      complete('cuda_runtime', 'cudaPeekAtLastError', 4711, 4711, nowNs - 10_000, 200, `"External id": ${id - 3}, "cbid": 318, "correlation": ${id + 2}`)
      complete('cuda_runtime', 'cudaLaunchKernel', 4711, 4711, nowNs - 7000, 2000 + whole(2000), `"External id": ${id - 3}, "cbid": 211, "correlation": ${id}`)
      event(`"ph": "s", "id": ${id}, "pid": 4711, "tid": 4711, "ts": ${at(nowNs - 7000)},\n    "cat": "ac2g", "name": "ac2g"`)
      gpuNs = Math.max(gpuNs, nowNs)
      const kernelNs = 3000 + whole(60_000)
      const shape = `"queued": 0, "device": 0, "context": 1,\n      "stream": 7, "correlation": ${id},\n      "registers per thread": 32,\n      "shared memory": 0,\n      "grid": [${1 + whole(4096)}, 1, 1],\n      "block": [128, 1, 1]`
      complete('kernel', kernelNames[whole(kernelNames.length)]!, 0, 7, gpuNs, kernelNs, `"External id": ${id - 3}, ${shape}`)
      event(`"ph": "f", "id": ${id}, "pid": 0, "tid": 7, "ts": ${at(gpuNs)},\n    "cat": "ac2g", "name": "ac2g", "bp": "e"`)
      gpuNs += kernelNs
      if (layer % 4 === 0) event(`"name": "thread_name", "ph": "M", "ts": ${at(nowNs)}, "pid": 4711, "tid": 4711,\n    "args": {\n      "name": "thread 4711 (python)"\n    }`)
      if (text.length > 1 << 20) {
        yield text
        text = ''
      }
    }
    complete('user_annotation', `ProfilerStep#${step}`, 4711, 4711, beganNs, nowNs - beganNs, `"External id": ${id++}`)
  }
  yield `${text}\n  ],\n  "traceName": "run.json"\n}\n`
}
