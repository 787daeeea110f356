/** Small hand-made profiles in the two dialects of Chrome trace events; for tests. */

export interface OrtNode {
  readonly name: string
  readonly type: string
  readonly index?: number
  readonly dur?: number | string
  readonly ts?: number | string
  readonly provider?: string
  readonly tid?: number
  readonly inputs?: readonly Record<string, readonly number[]>[]
  readonly outputs?: readonly Record<string, readonly number[]>[]
  readonly sizes?: readonly [parameter: number, activation: number, output: number]
}

/** An event as ONNX Runtime writes it, odd blanks included. */
export function ortEvent(node: OrtNode): string {
  const { name, type, index = 0, dur = 10, ts = 0, provider = 'CPUExecutionProvider', tid = 7, inputs, outputs, sizes } = node
  const args = [
    `"op_name" : "${type}"`,
    ...(provider === '' ? [] : [`"provider" : "${provider}"`]),
    `"node_index" : "${index}"`,
    '"thread_scheduling_stats" : {"main_thread": {"core": -1, "block_size": []}}',
    ...(sizes === undefined
      ? []
      : [`"parameter_size" : "${sizes[0]}","activation_size" : "${sizes[1]}","output_size" : "${sizes[2]}"`]),
    ...(outputs === undefined ? [] : [`"output_type_shape" : ${JSON.stringify(outputs)}`]),
    ...(inputs === undefined ? [] : [`"input_type_shape" : ${JSON.stringify(inputs)}`]),
  ]
  const head = `"cat" : "Node","pid" :4,"tid" :${tid},"dur" :${dur},"ts" :${ts},"ph" : "X"`
  return `{${head},"name" :"${name}_kernel_time","args" : {${args.join(',')}}}`
}

export const ortRun = (ts: number, dur: number): string =>
  `{"cat" : "Session","pid" :4,"tid" :7,"dur" :${dur},"ts" :${ts},"ph" : "X","name" :"model_run","args" : {}}`

/** A decoder of one layer: a prefill of `prompt` tokens and `steps` decode steps, as ONNX Runtime writes them. */
export function ortDecoder(prompt: number, steps: number, withRuns = true): string {
  const events: string[] = []
  let ts = 100
  for (let step = 0; step <= steps; step++) {
    const rows = step === 0 ? prompt : 1
    const startTs = ts
    const f = (...dims: number[]) => [{ float: dims }]
    const nodes: OrtNode[] = [
      {
        name: '/model/embed/Gather',
        type: 'Gather',
        inputs: [{ float: [100, 64] }, { int64: [1, rows] }],
        outputs: f(1, rows, 64),
        sizes: [25_600, rows * 8, rows * 256],
      },
      {
        name: '/model/layers.0/norm',
        type: 'SimplifiedLayerNormalization',
        inputs: f(1, rows, 64),
        outputs: f(1, rows, 64),
        sizes: [256, rows * 256, rows * 256],
      },
      {
        name: '/model/layers.0/fc/MatMulNBits',
        type: 'MatMulNBits',
        inputs: f(1, rows, 64),
        outputs: f(1, rows, 128),
        sizes: [512, rows * 256, rows * 512],
      },
      {
        name: '/model/head/MatMul',
        type: 'MatMul',
        inputs: [{ float: [1, rows, 128] }, { float: [128, 100] }],
        outputs: f(1, rows, 100),
        sizes: [51_200, rows * 512, rows * 400],
      },
    ]
    for (const [index, node] of nodes.entries()) {
      events.push(ortEvent({ ...node, index, ts: ts + 5, dur: 20 }))
      ts += 30
    }
    if (withRuns) events.push(ortRun(startTs, ts - startTs))
    ts += 50
  }
  return `[\n${events.join(',\n')}\n]\n`
}

type Json = Readonly<Record<string, unknown>>

export function kinetoEvent(
  cat: string,
  name: string,
  ts: number | string,
  dur: number | string,
  args: Json = {},
  place: Json = {},
): string {
  const where = JSON.stringify({ pid: 1, tid: 1, ...place }).slice(1, -1)
  const what = `"ph": "X", "cat": "${cat}", "name": ${JSON.stringify(name)}`
  return `{${what}, ${where}, "ts": ${ts}, "dur": ${dur}, "args": ${JSON.stringify(args)}}`
}

export const kinetoFile = (events: readonly string[]): string =>
  `{"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "Test GPU"}], "traceEvents": [\n` +
  `${events.join(',\n')}\n], "traceName": "t.json"}`
