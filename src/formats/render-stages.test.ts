/** Render stages of GPUs in Perfetto's recordings, as drivers of Android and Mesa write them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importText } from '../testing/trace-source.js'
import { processorNames } from '../trace/words.js'
import { PacketsMessage } from './perfetto/messages.js'

const stages = suite('render stages of a GPU')

const read = async (packet: object[]) => {
  const { ops, strings, header } = await importText(PacketsMessage.encode(PacketsMessage.create({ packet })).finish(), {}, 'gpu.pftrace')
  const rows = Array.from(ops.kind, (_, i) => [strings[ops.name[i]!], strings[ops.type[i]!], header.lanes[ops.lane[i]!], processorNames[ops.processor[i]!], ops.startNs[i], ops.durationNs[i]])
  return { rows, skipped: header.skipped }
}

stages('names are interned by number; a queue is a lane; work with a name of its own has it', async () => {
  const specifications = [{ iid: 1, name: 'compute queue' }, { iid: 2, name: 'Compute' }, { iid: 3, name: 'Binning' }, { iid: 9, name: 'graphics queue' }]
  const { rows, skipped } = await read([
    { timestamp: 5_000, sequenceId: 4, sequenceFlags: 3, internedData: { stages: specifications, names: [{ iid: 1, name: 'matmul_q4_k' }] }, renderStage: { eventId: 1, duration: 700, hwQueueIid: 1, stageIid: 2 } },
    { timestamp: 6_000, sequenceId: 4, sequenceFlags: 2, renderStage: { eventId: 2, duration: 300, hwQueueIid: 9, stageIid: 3 } },
    { timestamp: 7_000, sequenceId: 4, sequenceFlags: 2, renderStage: { eventId: 3, duration: 250, hwQueueIid: 1, stageIid: 2, nameIid: 1 } },
    { timestamp: 8_000, sequenceId: 4, sequenceFlags: 2, renderStage: { eventId: 4, duration: 50, hwQueueIid: 1, stageIid: 2, name: 'softmax', gpuId: 1 } },
    { timestamp: 9_000, sequenceId: 4, sequenceFlags: 2, renderStage: { eventId: 5, hwQueueIid: 1, stageIid: 2 } },
    // Another sequence knows none of these numbers.
    { timestamp: 9_500, sequenceId: 5, sequenceFlags: 1, renderStage: { eventId: 6, duration: 10, hwQueueIid: 1, stageIid: 2 } },
  ])
  assert.equal(rows, [
    ['Compute', 'Compute', 'gpu 0: compute queue', 'gpu', 0, 700],
    ['Binning', 'Binning', 'gpu 0: graphics queue', 'gpu', 1000, 300],
    ['matmul_q4_k', 'Compute', 'gpu 0: compute queue', 'gpu', 2000, 250],
    ['softmax', 'Compute', 'gpu 1: compute queue', 'gpu', 3000, 50],
    ['stage 2', 'stage 2', 'gpu 0: queue 1', 'gpu', 4500, 10],
  ])
  assert.equal(skipped, { 'render stage of a GPU without a duration': 1 })
})

stages('older producers list the names once, by their place in the list', async () => {
  const { rows, skipped } = await read([
    { timestamp: 1, sequenceId: 7, renderStage: { specifications: { hwQueue: [{ name: 'queue A' }, { name: 'queue B' }], stage: [{ name: 'Vertex' }, { name: 'Compute' }] } } },
    { timestamp: 100, sequenceId: 8, renderStage: { eventId: 1, duration: 40, hwQueueId: 1, stageId: 1 } },
    { timestamp: 200, sequenceId: 8, renderStage: { eventId: 2, duration: 20 } },
    { timestamp: 300, sequenceId: 8, renderStage: { eventId: 3, duration: 20, hwQueueId: 5, stageId: 6 } },
  ])
  assert.equal(rows, [
    ['Compute', 'Compute', 'gpu 0: queue B', 'gpu', 0, 40],
    ['Vertex', 'Vertex', 'gpu 0: queue A', 'gpu', 100, 20],
    ['stage 6', 'stage 6', 'gpu 0: queue 5', 'gpu', 200, 20],
  ])
  assert.equal(skipped, {})
})

stages('field numbers are Perfetto’s: a packet written by hand', async () => {
  const spec = [0x08, 2, 0x12, 3, 0x66, 0x66, 0x74] // iid 1: 2, name 2: fft
  const interned = [0xc2, 0x01, spec.length, ...spec] // gpu_specifications 24
  const event = [0x08, 1, 0x10, 64, 0x68, 2, 0x70, 2] // event_id 1, duration 2, hw_queue_iid 13, stage_iid 14
  // timestamp 8, sequence 10, flags 13, interned_data 12, gpu_render_stage_event 53
  const packet = [0x40, 100, 0x50, 1, 0x68, 3, 0x62, interned.length, ...interned, 0xaa, 0x03, event.length, ...event]
  const { ops, strings, header } = await importText(Uint8Array.from([0x0a, packet.length, ...packet]), {}, 'gpu.pftrace')
  assert.equal([strings[ops.name[0]!], ops.durationNs[0], header.lanes], ['fft', 64, ['gpu 0: fft']])
})

stages.run()
