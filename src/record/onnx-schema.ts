import protobuf from 'protobufjs'

/** The part of ONNX's protobuf schema that a decoder needs, with the public field numbers. Source: onnx.proto of the
 *  ONNX project (IR version 10). protobufjs makes encoder and decoder from it; repeated numbers are not packed (proto2). */
const fields: Record<string, readonly string[]> = {
  ModelProto: [
    'int64 irVersion 1',
    'string producerName 2',
    'string producerVersion 3',
    'GraphProto graph 7',
    'repeated OperatorSetIdProto opsetImport 8',
  ],
  OperatorSetIdProto: ['string domain 1', 'int64 version 2'],
  GraphProto: [
    'repeated NodeProto node 1',
    'string name 2',
    'repeated TensorProto initializer 5',
    'repeated ValueInfoProto input 11',
    'repeated ValueInfoProto output 12',
  ],
  NodeProto: [
    'repeated string input 1',
    'repeated string output 2',
    'string name 3',
    'string opType 4',
    'repeated AttributeProto attribute 5',
    'string domain 7',
  ],
  AttributeProto: ['string name 1', 'float f 2', 'int64 i 3', 'int32 type 20'],
  TensorProto: [
    'repeated int64 dims 1',
    'int32 dataType 2',
    'string name 8',
    'bytes rawData 9',
    'repeated StringStringEntryProto externalData 13',
    'int32 dataLocation 14',
  ],
  StringStringEntryProto: ['string key 1', 'string value 2'],
  ValueInfoProto: ['string name 1', 'TypeProto type 2'],
  TypeProto: ['TypeProtoTensor tensorType 1'],
  TypeProtoTensor: ['int32 elemType 1', 'TensorShapeProto shape 2'],
  TensorShapeProto: ['repeated Dimension dim 1'],
  Dimension: ['int64 dimValue 1', 'string dimParam 2'],
}

/** `TensorProto.DataType`. */
export const elementType = { f32: 1, uint8: 2, int32: 6, int64: 7 } as const
export type ElementType = keyof typeof elementType
export const elementBytes: Readonly<Record<ElementType, number>> = { f32: 4, uint8: 1, int32: 4, int64: 8 }
/** `AttributeProto.AttributeType`. */
export const attributeType = { float: 1, int: 2 } as const
/** `TensorProto.DataLocation`: the bytes stand in another file. */
export const EXTERNAL = 1

/** The message type `ModelProto`; made anew at each call, so nothing is shared. */
export function modelProto(): protobuf.Type {
  const root = new protobuf.Root()
  for (const [name, lines] of Object.entries(fields)) {
    const type = new protobuf.Type(name)
    for (const line of lines) {
      const words = line.split(' ')
      const rule = words[0] === 'repeated' ? words.shift() : undefined
      const field = new protobuf.Field(words[1]!, Number(words[2]), words[0]!, rule)
      if (rule !== undefined) field.setOption('packed', false)
      type.add(field)
    }
    root.add(type)
  }
  return root.lookupType('ModelProto')
}
