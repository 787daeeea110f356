import protobuf from 'protobufjs/light.js'

const repeated = (type: string, id: number): { rule: string; type: string; id: number } => ({ rule: 'repeated', type, id })

/** As much of Perfetto's messages as is read (protos/perfetto/trace; field numbers are theirs). */
const root = protobuf.Root.fromJSON({
  nested: {
    TracePacket: {
      fields: {
        ftraceEvents: { type: 'FtraceBundle', id: 1 },
        clockSnapshot: { type: 'ClockSnapshot', id: 6 },
        timestamp: { type: 'uint64', id: 8 },
        sequenceId: { type: 'uint32', id: 10 },
        trackEvent: { type: 'TrackEvent', id: 11 },
        internedData: { type: 'InternedData', id: 12 },
        sequenceFlags: { type: 'uint32', id: 13 },
        stateCleared: { type: 'bool', id: 41 },
        previousPacketDropped: { type: 'bool', id: 42 },
        systemInfo: { type: 'SystemInfo', id: 45 },
        compressedPackets: { type: 'bytes', id: 50 },
        renderStage: { type: 'GpuRenderStageEvent', id: 53 },
        clockId: { type: 'uint32', id: 58 },
        defaults: { type: 'Defaults', id: 59 },
        trackDescriptor: { type: 'TrackDescriptor', id: 60 },
        traceUuid: { type: 'TraceUuid', id: 89 },
      },
    },
    TraceUuid: { fields: { msb: { type: 'int64', id: 1 }, lsb: { type: 'int64', id: 2 } } },
    SystemInfo: {
      fields: {
        utsname: { type: 'Utsname', id: 1 },
        androidBuildFingerprint: { type: 'string', id: 2 },
        androidSocModel: { type: 'string', id: 9 },
        androidHardwareRevision: { type: 'string', id: 10 },
      },
    },
    Utsname: { fields: { sysname: { type: 'string', id: 1 }, machine: { type: 'string', id: 4 } } },
    Packets: { fields: { packet: repeated('TracePacket', 1) } },
    ClockSnapshot: { fields: { clocks: repeated('Clock', 1) } },
    Clock: { fields: { id: { type: 'uint32', id: 1 }, timestamp: { type: 'uint64', id: 2 }, isIncremental: { type: 'bool', id: 3 }, multiplierNs: { type: 'uint64', id: 4 } } },
    Defaults: { fields: { trackEvent: { type: 'TrackEventDefaults', id: 11 }, clockId: { type: 'uint32', id: 58 } } },
    TrackEventDefaults: { fields: { trackUuid: { type: 'uint64', id: 11 } } },
    TrackEvent: {
      fields: {
        categoryIids: repeated('uint64', 3),
        legacy: { type: 'LegacyEvent', id: 6 },
        type: { type: 'int32', id: 9 },
        nameIid: { type: 'uint64', id: 10 },
        trackUuid: { type: 'uint64', id: 11 },
        categories: repeated('string', 22),
        name: { type: 'string', id: 23 },
        flowIds: repeated('fixed64', 47),
        terminatingFlowIds: repeated('fixed64', 48),
      },
    },
    LegacyEvent: {
      fields: {
        nameIid: { type: 'uint64', id: 1 },
        phase: { type: 'int32', id: 2 },
        durationUs: { type: 'int64', id: 3 },
        unscopedId: { type: 'uint64', id: 6 },
        idScope: { type: 'string', id: 7 },
        localId: { type: 'uint64', id: 10 },
        globalId: { type: 'uint64', id: 11 },
      },
    },
    InternedData: { fields: { categories: repeated('Interned', 1), names: repeated('Interned', 2), stages: repeated('Interned', 24) } },
    GpuRenderStageEvent: {
      fields: {
        eventId: { type: 'uint64', id: 1 },
        duration: { type: 'uint64', id: 2 },
        hwQueueId: { type: 'int32', id: 3 },
        stageId: { type: 'int32', id: 4 },
        specifications: { type: 'GpuSpecifications', id: 7 },
        gpuId: { type: 'int32', id: 11 },
        hwQueueIid: { type: 'uint64', id: 13 },
        stageIid: { type: 'uint64', id: 14 },
        name: { type: 'string', id: 17 },
        nameIid: { type: 'uint64', id: 20 },
      },
    },
    GpuSpecifications: { fields: { hwQueue: repeated('Description', 2), stage: repeated('Description', 3) } },
    Description: { fields: { name: { type: 'string', id: 1 } } },
    Interned: { fields: { iid: { type: 'uint64', id: 1 }, name: { type: 'string', id: 2 } } },
    TrackDescriptor: {
      fields: {
        uuid: { type: 'uint64', id: 1 },
        name: { type: 'string', id: 2 },
        process: { type: 'ProcessDescriptor', id: 3 },
        thread: { type: 'ThreadDescriptor', id: 4 },
        parentUuid: { type: 'uint64', id: 5 },
        staticName: { type: 'string', id: 10 },
      },
    },
    ProcessDescriptor: { fields: { pid: { type: 'int32', id: 1 }, processName: { type: 'string', id: 6 } } },
    ThreadDescriptor: { fields: { pid: { type: 'int32', id: 1 }, tid: { type: 'int32', id: 2 }, threadName: { type: 'string', id: 5 } } },
    FtraceBundle: { fields: { cpu: { type: 'uint32', id: 1 }, event: repeated('FtraceEvent', 2), lostEvents: { type: 'bool', id: 3 } } },
    FtraceEvent: {
      fields: {
        timestamp: { type: 'uint64', id: 1 },
        pid: { type: 'uint32', id: 2 },
        print: { type: 'FtracePrint', id: 3 },
        schedSwitch: { type: 'SchedSwitch', id: 4 },
        irqEntry: { type: 'IrqEntry', id: 36 },
        irqExit: { type: 'IrqExit', id: 37 },
        generic: { type: 'Generic', id: 327 },
      },
    },
    FtracePrint: { fields: { buf: { type: 'string', id: 2 } } },
    SchedSwitch: { fields: { prevComm: { type: 'string', id: 1 }, prevPid: { type: 'int32', id: 2 }, nextComm: { type: 'string', id: 5 }, nextPid: { type: 'int32', id: 6 } } },
    IrqEntry: { fields: { irq: { type: 'int32', id: 1 }, name: { type: 'string', id: 2 } } },
    IrqExit: { fields: { irq: { type: 'int32', id: 1 } } },
    Generic: { fields: { eventName: { type: 'string', id: 1 }, field: repeated('GenericField', 2) } },
    GenericField: { fields: { name: { type: 'string', id: 1 }, strValue: { type: 'string', id: 3 }, intValue: { type: 'int64', id: 4 }, uintValue: { type: 'uint64', id: 5 } } },
  },
})
export const PacketMessage = root.lookupType('TracePacket')
export const PacketsMessage = root.lookupType('Packets')

/** A decoded packet: what is not there is undefined, 64-bit numbers are texts or numbers as `longs` asked. */
export interface Packet {
  readonly ftraceEvents?: { readonly cpu?: number; readonly event?: readonly FtraceMessage[]; readonly lostEvents?: boolean }
  readonly clockSnapshot?: { readonly clocks?: readonly { readonly id?: number; readonly timestamp?: number; readonly isIncremental?: boolean; readonly multiplierNs?: number }[] }
  readonly timestamp?: number
  readonly sequenceId?: number
  readonly trackEvent?: TrackEvent
  readonly internedData?: { readonly categories?: readonly Interned[]; readonly names?: readonly Interned[]; readonly stages?: readonly Interned[] }
  readonly renderStage?: RenderStage
  readonly sequenceFlags?: number
  readonly stateCleared?: boolean
  readonly previousPacketDropped?: boolean
  readonly compressedPackets?: Uint8Array
  readonly clockId?: number
  readonly defaults?: { readonly trackEvent?: { readonly trackUuid?: number }; readonly clockId?: number }
  readonly trackDescriptor?: {
    readonly uuid?: number
    readonly name?: string
    readonly process?: { readonly pid?: number; readonly processName?: string }
    readonly thread?: { readonly pid?: number; readonly tid?: number; readonly threadName?: string }
    readonly staticName?: string
    readonly parentUuid?: number
  }
  readonly systemInfo?: {
    readonly utsname?: { readonly sysname?: string; readonly machine?: string }
    readonly androidBuildFingerprint?: string
    readonly androidSocModel?: string
    readonly androidHardwareRevision?: string
  }
  readonly traceUuid?: { readonly msb?: number; readonly lsb?: number }
}
export interface TrackEvent {
  readonly categoryIids?: readonly number[]
  readonly legacy?: LegacyEvent
  readonly type?: number
  readonly nameIid?: number
  readonly trackUuid?: number
  readonly categories?: readonly string[]
  readonly name?: string
  readonly flowIds?: readonly number[]
  readonly terminatingFlowIds?: readonly number[]
}
/** What a GPU did: one stage of its work on one of its queues; `duration` in ns. */
export interface RenderStage {
  readonly eventId?: number
  readonly duration?: number
  readonly hwQueueId?: number
  readonly stageId?: number
  readonly specifications?: { readonly hwQueue?: readonly { readonly name?: string }[]; readonly stage?: readonly { readonly name?: string }[] }
  readonly gpuId?: number
  readonly hwQueueIid?: number
  readonly stageIid?: number
  readonly name?: string
  readonly nameIid?: number
}
/** An event of Chromium's older macros: its phase is the letter of trace events. */
export interface LegacyEvent {
  readonly nameIid?: number
  readonly phase?: number
  readonly durationUs?: number
  readonly unscopedId?: number
  readonly idScope?: string
  readonly localId?: number
  readonly globalId?: number
}
export interface Interned {
  readonly iid?: number
  readonly name?: string
}
export interface FtraceMessage {
  readonly timestamp?: number
  readonly pid?: number
  readonly print?: { readonly buf?: string }
  readonly schedSwitch?: { readonly prevComm?: string; readonly prevPid?: number; readonly nextComm?: string; readonly nextPid?: number }
  readonly irqEntry?: { readonly irq?: number; readonly name?: string }
  readonly irqExit?: object
  readonly generic?: { readonly eventName?: string; readonly field?: readonly { readonly name?: string; readonly strValue?: string; readonly intValue?: number; readonly uintValue?: number }[] }
}
