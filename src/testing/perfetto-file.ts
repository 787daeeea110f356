import { PacketsMessage } from '../formats/perfetto/messages.js'

/** Packets of a small trace: two tracks, a flow between them, an SMC of the kernel, an event whose state is lost. */
export function perfettoPackets(): object[] {
  const at = (timestamp: number, trackEvent: object): object => ({ timestamp, sequenceId: 1, sequenceFlags: 2, trackEvent })
  const field = (name: string, strValue: string): object => ({ name, strValue })
  return [
    { timestamp: 5000, sequenceId: 2, sequenceFlags: 2, trackEvent: { type: 1, nameIid: 1, trackUuid: 6 } },
    { sequenceId: 1, trackDescriptor: { uuid: 5, name: 'NPU queue' } },
    { sequenceId: 1, trackDescriptor: { uuid: 6, thread: { pid: 40, tid: 41, threadName: 'worker' } } },
    {
      sequenceId: 1,
      sequenceFlags: 1,
      internedData: { names: [{ iid: 1, name: 'q_proj matmul' }, { iid: 2, name: 'silu' }], categories: [{ iid: 1, name: 'nn' }] },
      defaults: { trackEvent: { trackUuid: 5 } },
    },
    at(990, { type: 1, name: 'decode 1', categories: ['phase'] }),
    at(1000, { type: 1, nameIid: 1, categoryIids: [1], flowIds: [77] }),
    { sequenceId: 3, ftraceEvents: { cpu: 1, event: [
      { timestamp: 1100, pid: 41, generic: { eventName: 'optee_invoke_fn_begin', field: [field('param', 'a1'), field('args', '32000013, 1, 2')] } },
      { timestamp: 1350, pid: 41, generic: { eventName: 'optee_invoke_fn_end', field: [field('param', 'a1'), field('rets', '0, 0, 0, 0')] } },
    ] } },
    at(1400, { type: 2 }),
    at(1450, { type: 2 }),
    at(1460, { type: 3, name: 'instant' }),
    at(1500, { type: 1, nameIid: 2, categoryIids: [1], trackUuid: 6, terminatingFlowIds: [77] }),
    at(1600, { type: 2, trackUuid: 6 }),
  ]
}

export const perfettoBytes = (): Uint8Array => PacketsMessage.encode(PacketsMessage.create({ packet: perfettoPackets() })).finish()
