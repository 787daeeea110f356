import protobuf from 'protobufjs/light.js'

/** As much of Chakra's schema as is read and written (et_def.proto; field numbers are its). */
const root = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      oneofs: { value: { oneof: ['doubleVal', 'int32Val', 'int64Val', 'uint32Val', 'uint64Val', 'boolVal', 'stringVal'] } },
      fields: {
        name: { type: 'string', id: 1 },
        doubleVal: { type: 'double', id: 3 },
        int32Val: { type: 'int32', id: 7 },
        int64Val: { type: 'int64', id: 9 },
        uint32Val: { type: 'uint32', id: 11 },
        uint64Val: { type: 'uint64', id: 13 },
        boolVal: { type: 'bool', id: 27 },
        stringVal: { type: 'string', id: 29 },
      },
    },
    GlobalMetadata: { fields: { version: { type: 'string', id: 1 }, attr: { rule: 'repeated', type: 'Attribute', id: 2 } } },
    IOInfo: { fields: { values: { type: 'string', id: 1 }, shapes: { type: 'string', id: 2 }, types: { type: 'string', id: 3 } } },
    Node: {
      fields: {
        id: { type: 'uint64', id: 1 },
        name: { type: 'string', id: 2 },
        type: { type: 'int32', id: 3 },
        ctrlDeps: { rule: 'repeated', type: 'uint64', id: 4 },
        dataDeps: { rule: 'repeated', type: 'uint64', id: 5 },
        startTimeMicros: { type: 'uint64', id: 6 },
        durationMicros: { type: 'uint64', id: 7 },
        inputs: { type: 'IOInfo', id: 8 },
        outputs: { type: 'IOInfo', id: 9 },
        attr: { rule: 'repeated', type: 'Attribute', id: 10 },
      },
    },
  },
})
export const NodeMessage = root.lookupType('Node')
export const MetadataMessage = root.lookupType('GlobalMetadata')
