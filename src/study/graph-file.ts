import { readFile, stat } from 'node:fs/promises'
import { BadInput } from '../base/errors.js'
import { GRAPH_SCHEMA, type GraphFacts } from '../trace/graph-facts.js'
import { dataTypes, opKinds } from '../trace/words.js'

const MAX_BYTES = 256 * 1024 * 1024

/** The sidecar of a profile (`record` writes one). Throws `BadInput` with the field that is wrong. */
export async function readGraphFacts(path: string): Promise<GraphFacts> {
  const { size } = await stat(path)
  if (size > MAX_BYTES) throw new BadInput({ file: path }, `a sidecar of at most ${MAX_BYTES} bytes`, size)
  const value = parsed(path, await readFile(path, 'utf8'))
  const fault = (field: string, expected: string, found: unknown) => new BadInput({ file: path, field }, expected, found)
  const graph = objectOf(value) ?? {}
  if (graph['schema'] !== GRAPH_SCHEMA) throw fault('schema', GRAPH_SCHEMA, graph['schema'])
  if (typeof graph['device'] !== 'string') throw fault('device', 'text', graph['device'])
  if (typeof objectOf(graph['provenance'])?.['tool'] !== 'string') throw fault('provenance.tool', 'text', graph['provenance'])
  for (const [list, fields] of Object.entries(lists)) {
    const items = graph[list]
    if (!Array.isArray(items)) throw fault(list, 'a list', items)
    for (const [i, item] of (items as unknown[]).entries())
      for (const [field, type] of Object.entries(fields)) {
        const found = objectOf(item)?.[field]
        if (!isOf(found, type)) throw fault(`${list}[${i}].${field}`, type, found)
      }
  }
  const tensors = (graph['tensors'] as unknown[]).length
  for (const [name, node] of Object.entries(objectOf(graph['nodes']) ?? {})) checkNode(name, objectOf(node), tensors, fault)
  if (objectOf(graph['nodes']) === undefined) throw fault('nodes', 'an object by node name', graph['nodes'])
  return value as GraphFacts
}

const lists: Record<string, Record<string, 'text' | 'whole number'>> = {
  models: { id: 'text', layers: 'whole number', weightBytes: 'whole number', quant: 'text' },
  tensors: { name: 'text', model: 'whole number', role: 'text', layer: 'whole number', bytes: 'whole number' },
  requests: {
    id: 'text',
    model: 'whole number',
    arrivalNs: 'whole number',
    promptTokens: 'whole number',
    outputTokens: 'whole number',
  },
}

function checkNode(
  name: string,
  node: Record<string, unknown> | undefined,
  tensors: number,
  fault: (field: string, expected: string, found: unknown) => BadInput,
): void {
  if (node === undefined) throw fault(`nodes.${name}`, 'an object', node)
  const at = (field: string) => `nodes.${name}.${field}`
  const { tensor, kind, dataType } = node
  if (tensor !== undefined && !(isOf(tensor, 'whole number') && (tensor as number) >= 0 && (tensor as number) < tensors))
    throw fault(at('tensor'), `an index below ${tensors}`, tensor)
  if (kind !== undefined && !(opKinds as readonly unknown[]).includes(kind)) throw fault(at('kind'), 'a kind of op', kind)
  if (dataType !== undefined && !(dataTypes as readonly unknown[]).includes(dataType))
    throw fault(at('dataType'), 'a data type', dataType)
  for (const field of ['layer', 'n', 'k', 'weightBytes'])
    if (node[field] !== undefined && !isOf(node[field], 'whole number')) throw fault(at(field), 'whole number', node[field])
}

function isOf(value: unknown, type: 'text' | 'whole number'): boolean {
  return type === 'text' ? typeof value === 'string' : Number.isSafeInteger(value)
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadInput({ file: path }, 'JSON', (error as Error).message)
  }
}
