/** What recordings of graphs mean: Chakra's (messages and JSON), PyTorch's execution traces beside a timeline. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isNear, meaningOf } from '../testing/meaning.js'
import { fixture, importText, memorySource, memoryTools, sharedTrace } from '../testing/trace-source.js'
import { kindIndex, processorIndex } from '../trace/words.js'
import { MetadataMessage, NodeMessage } from './chakra/messages.js'
import { readExecutionTrace } from './pytorch-et/read-execution-trace.js'

const graphs = suite('what graphs mean')

const BATCH = 32
/** Of ResNet-50 for one image of 224 x 224 (He et al. 2016, Table 1): MACs of its convolutions, of the first one and of the classifier;
 *  numbers that the convolutions give, each of which a batch norm takes. */
function resnet50(): { all: number; first: number; classifier: number; outputs: number } {
  const first = 7 * 7 * 3 * 64 * 112 ** 2
  let all = first
  let outputs = 64 * 112 ** 2
  let inputs = 64
  for (const [blocks, width, side] of [[3, 64, 56], [4, 128, 28], [6, 256, 14], [3, 512, 7]] as const)
    for (let block = 0; block < blocks; block++) {
      const sideIn = block === 0 && width > 64 ? side * 2 : side // the 3 x 3 one has the stride
      all += inputs * width * sideIn ** 2 + 9 * width * width * side ** 2 + width * 4 * width * side ** 2
      outputs += width * sideIn ** 2 + width * side ** 2 + 4 * width * side ** 2
      if (block === 0) {
        all += inputs * 4 * width * side ** 2
        outputs += 4 * width * side ** 2
      }
      inputs = 4 * width
    }
  return { all, first, classifier: 2048 * 1000, outputs }
}

graphs('chakra: a training step of ResNet-50 is its convolutions, forward and both gradients, on the GPU', async () => {
  const { all, first, classifier, outputs } = resnet50()
  assert.ok(isNear(all + classifier, 4.09e9), 'torchvision says 4.09 G multiply-adds')
  const file = sharedTrace('chakra-et/chakra.0.et')
  if (file === undefined) return
  const trace = await importText(file)
  const onGpu = meaningOf(trace, (op) => trace.ops.processor[op] === processorIndex.gpu)
  const products = meaningOf(trace, (op) => trace.ops.kind[op] === kindIndex.matmul)
  assert.ok(isNear(products.flops, 2 * BATCH * (3 * all - first + 3 * classifier)), `${products.flops}`)
  // Weights and their gradients are 25.6 M numbers of 4 bytes; an all-reduce moves the gradients once in and once out at most.
  const collectives = meaningOf(trace, (op) => trace.ops.kind[op] === kindIndex.communication && trace.ops.processor[op] === processorIndex.gpu)
  assert.ok(collectives.bytes >= 25.6e6 * 4 && collectives.bytes <= 5 * 25.6e6 * 4, `${collectives.bytes}`)
  // A batch norm reads and writes all of its numbers forward; backward it reads them and their gradient, and writes a gradient.
  assert.ok(isNear(meaningOf(trace, (op) => trace.ops.kind[op] === kindIndex.norm).bytes, (2 + 3) * 4 * BATCH * outputs))
  const share = (kind: keyof typeof kindIndex): number => (onGpu.nsByKind[kind] ?? 0) / onGpu.ns
  assert.ok(share('matmul') > 0.45 && share('norm') > 0.1 && share('elementwise') > 0.1 && share('other') < 0.05, JSON.stringify(onGpu.nsByKind))
  // The host only calls.
  assert.ok(meaningOf(trace, (op) => trace.ops.processor[op] === processorIndex.cpu).flops === 0)
  assert.equal(onGpu.steps, { other: [0, 0] })
})

const bytesOf = (messages: readonly Uint8Array[]): Uint8Array => Uint8Array.from(messages.flatMap((message) => [...message]))

graphs('chakra: a product, a convolution and a copy of our own, by hand', async () => {
  const text = (device: string, shapes: readonly (readonly number[])[], type = 'float') => ({
    values: JSON.stringify(shapes.map((shape, i) => [i, i, 0, shape.reduce((a, b) => a * b, 1), 4, device])).replaceAll('"', "'"),
    shapes: JSON.stringify(shapes),
    types: `[${shapes.map(() => `'Tensor(${type})'`).join(', ')}]`,
  })
  const node = (id: number, name: string, isCpu: boolean, durationMicros: number, ins: readonly (readonly number[])[], outs: readonly (readonly number[])[], type?: string) => ({ id, name, type: 4, durationMicros, inputs: text('cuda:0', ins, type), outputs: text('cuda:0', outs, type), attr: [{ name: 'is_cpu_op', boolVal: isCpu }] })
  const nodes = [
    node(1, 'aten::addmm(0)', true, 9, [[64], [16, 32], [32, 64]], [[16, 64]]),
    node(2, 'volta_sgemm_64x64_tn', false, 5, [[64], [16, 32], [32, 64]], [[16, 64]]),
    node(3, 'cudnn_infer_ampere_scudnn_128x64_relu_nn_v1', false, 7, [[2, 3, 8, 8], [5, 3, 3, 3]], [[2, 5, 6, 6]], 'c10::Half'),
    node(4, 'void at::native::unrolled_elementwise_kernel<at::native::direct_copy_kernel_cuda>', false, 2, [[10], [10]], [[10]]),
    node(5, 'void cask_cudnn::computeOffsetsKernel<false>', false, 1, [[2, 3, 8, 8], [5, 3, 3, 3]], [[2, 5, 6, 6]]),
  ]
  const trace = await importText(bytesOf([MetadataMessage.encodeDelimited({ version: '' }).finish(), ...nodes.map((one) => NodeMessage.encodeDelimited(NodeMessage.fromObject(one)).finish())]))
  const by = new Map(Array.from(trace.ops.name, (name, i) => [trace.strings[name]!.slice(0, 12), [trace.ops.flops[i]!, trace.ops.bytes[i]!]] as const))
  assert.equal(Object.fromEntries(by), {
    'aten::addmm(': [0, 0],
    volta_sgemm_: [2 * 16 * 64 * 32, 4 * (16 * 32 + 32 * 64 + 16 * 64)],
    cudnn_infer_: [2 * (2 * 6 * 6) * 5 * (3 * 3 * 3), 2 * (2 * 3 * 8 * 8 + 5 * 27 + 2 * 5 * 6 * 6)],
    'void at::nat': [0, 2 * 4 * 10],
    'void cask_cu': [0, 0],
  })
  assert.equal(meaningOf(trace).nsByKind, { dispatch: 9000, matmul: 12_000, copy: 3000 })
})

graphs('chakra-json: kinds by their names, durations as they stand; no shapes, so no FLOPs and bytes', async () => {
  const own = meaningOf(await importText(fixture('chakra-json/small.json')))
  assert.equal([own.nsByKind, own.flops, own.bytes], [{ matmul: 12_000, communication: 3000 }, 0, 0])
  const file = sharedTrace('chakra-et/small_chakra.0.json')
  if (file === undefined) return
  // 503 µs in compute nodes, all of which bring tensors together, 192 µs in collectives.
  assert.equal(meaningOf(await importText(file)).nsByKind, { copy: 503_000, communication: 192_000 })
})

graphs('pytorch-et: the product of its shapes, with the times of the timeline that it stands beside', async () => {
  const event = { ph: 'X', cat: 'cpu_op', name: 'aten::mm', pid: 1, tid: 1, ts: 1, dur: 2, args: { 'Record function id': 77 } }
  const kineto = JSON.stringify({ schemaVersion: 1, traceEvents: [event] })
  for (const form of ['flat', 'nested']) {
    const executionTrace = await readExecutionTrace(memorySource(fixture(`pytorch-et/${form}.json`)), memoryTools)
    const { nsByKind, flops, bytes } = meaningOf(await importText(kineto, { executionTrace }))
    assert.equal([nsByKind, flops, bytes], [{ matmul: 2000 }, 2 * 4 * 16 * 8, 4 * (4 * 8 + 8 * 16 + 4 * 16)])
  }
})

graphs.run()
