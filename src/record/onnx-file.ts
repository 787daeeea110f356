import { open, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pieces, weightBytes } from './fill.js'
import type { Graph, Node, Port, Weight } from './graph.js'
import { EXTERNAL, attributeType, elementType, modelProto } from './onnx-schema.js'

/** Weights begin at multiples of this in the data file, so that the runtime can map them. */
const ALIGN = 4096
const DATA_FILE = 'model.onnx.data'

export interface Layout {
  /** Where each weight's bytes begin in the data file; a shared one begins where its twin does. */
  readonly offsets: ReadonlyMap<string, number>
  readonly dataBytes: number
}

/** Places every weight in the data file, in graph order; scalars stay inside the model. */
export function layoutOf(graph: Graph): Layout {
  const offsets = new Map<string, number>()
  let end = 0
  for (const weight of graph.weights) {
    if (weight.sameBytesAs !== undefined || isInline(weight)) continue
    offsets.set(weight.name, end)
    end = Math.ceil((end + weightBytes(weight)) / ALIGN) * ALIGN
  }
  for (const weight of graph.weights)
    if (weight.sameBytesAs !== undefined) offsets.set(weight.name, offsets.get(weight.sameBytesAs)!)
  return { offsets, dataBytes: end }
}

/** The model without its weights' bytes: those stand in `dataFile` (ONNX external data), whatever their size, so
 *  that neither 2 GB of protobuf nor the memory is a limit. */
export function modelBytes(graph: Graph, layout: Layout, seed: number, dataFile: string = DATA_FILE): Uint8Array {
  const type = modelProto()
  const message = {
    irVersion: 10,
    producerName: 'worldswitch record',
    opsetImport: [
      { domain: '', version: 21 },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeMessage),
      initializer: graph.weights.map((weight) => tensorMessage(weight, layout, seed, dataFile)),
      input: graph.inputs.map(portMessage),
      output: graph.outputs.map(portMessage),
    },
  }
  return type.encode(type.fromObject(message)).finish()
}

/** Writes `model.onnx` and `model.onnx.data` into the folder; `onBytes` is told how much is written and may throw to
 *  end it. Returns the model's path. */
export async function writeOnnx(folder: string, graph: Graph, seed: number, onBytes: (done: number) => void): Promise<string> {
  const layout = layoutOf(graph)
  const path = join(folder, 'model.onnx')
  await writeFile(path, modelBytes(graph, layout, seed, basename(DATA_FILE)))
  const file = await open(join(folder, DATA_FILE), 'w')
  try {
    for (const weight of graph.weights) {
      if (weight.sameBytesAs !== undefined || isInline(weight)) continue
      let at = layout.offsets.get(weight.name)!
      for (const piece of pieces(weight, seed)) {
        await file.write(piece, 0, piece.length, at)
        at += piece.length
        onBytes(at)
      }
    }
    await file.truncate(layout.dataBytes)
  } finally {
    await file.close()
  }
  return path
}

const isInline = (weight: Weight): boolean => weight.shape.length === 0

function tensorMessage(weight: Weight, layout: Layout, seed: number, dataFile: string): object {
  const facts = { name: weight.name, dims: weight.shape, dataType: elementType[weight.type] }
  if (isInline(weight)) return { ...facts, rawData: [...pieces(weight, seed)][0]!.slice() }
  const entries = { location: dataFile, offset: layout.offsets.get(weight.name)!, length: weightBytes(weight) }
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value: String(value) }))
  return { ...facts, dataLocation: EXTERNAL, externalData }
}

function nodeMessage(node: Node): object {
  return {
    name: node.name,
    opType: node.type,
    domain: node.domain,
    input: node.inputs,
    output: node.outputs,
    attribute: Object.entries(node.attributes).map(([name, value]) => {
      if (typeof value === 'number') return { name, i: value, type: attributeType.int }
      return { name, f: value.float, type: attributeType.float }
    }),
  }
}

function portMessage(port: Port): object {
  const dim = port.shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  return { name: port.name, type: { tensorType: { elemType: elementType[port.type], shape: { dim } } } }
}
