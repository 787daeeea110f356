import { readFileSync, readdirSync } from 'node:fs'
import { exportChakra, exportChrome, exportTrace, formats } from '../../formats/index.js'
import { parseMapping } from '../../formats/table/mapping.js'
import type { TableMapping } from '../../formats/table/mapping.js'
import { etdumpBytes } from '../etdump-file.js'
import { nsysBytes } from '../nsys-file.js'
import { perfettoBytes } from '../perfetto-file.js'
import { sampleTrace } from '../sample-trace.js'
import { kinetoEvent, kinetoFile, ortDecoder } from '../trace-events.js'
import { kinetoText } from '../trace-kineto-file.js'

const encoder = new TextEncoder()
const text = (content: string): Uint8Array => encoder.encode(content)
const joined = (parts: Iterable<Uint8Array>): Uint8Array => Uint8Array.from([...parts].flatMap((part) => [...part]))
const fixtures = new URL('../fixtures/', import.meta.url)

/** Seeds that are made by code: formats of our own and of others with writers here, binary ones. */
const made: Readonly<Record<string, () => Uint8Array[]>> = {
  'worldswitch-trace': () => [text([...exportTrace(sampleTrace({ ops: 20 }))].join(''))],
  'ort-profile': () => [text(ortDecoder(2, 2))],
  kineto: () => [text(kinetoFile([...kinetoText(20_000)].join('').split(/,?\n/).slice(1, 60))), text(`[${kinetoEvent('cpu_op', 'aten::mm', 1, 2)}]`)],
  'chrome-trace': () => [text([...exportChrome(sampleTrace({ ops: 10 }))].join(''))],
  chakra: () => [joined(exportChakra(sampleTrace({ ops: 10 })))],
  'nsys-sqlite': () => [nsysBytes()],
  perfetto: () => [perfettoBytes()],
  etdump: () => [etdumpBytes([{ name: 'Default', events: [['Method::init', 10, 20]] }, { name: 'Execute', events: [['native_call_addmm.out', 110, 150], ['OPERATOR_CALL', 105, 155]] }])],
  'trace-cmd-dat': () => [...fixturesOf('ftrace')],
  csv: () => [text('name,op,us,n\n"a, b",MatMul,1.5,4\nx,Add,2,5\n'), text('test,n,rate,ms,model\npp512,512,100.00 ± 0.50,5120,qwen2.5-1.5b\ntg64,64,16,4000,"a, b"\n')],
  jsonl: () => [text('{"name":"a","us":1.5,"n":4}\n{"name":"b","us":2,"n":5}\n'), text('{"test":"prefill","n":128,"rate":64.5,"ms":"1984.50","model":"m"}\n')],
}

/** The mapping that tables are read by. */
export const fuzzMapping: TableMapping = parseMapping('name=name,durationNs=us:us,n=n')

/** The mapping that tables of rates are read by. */
export const fuzzRateMapping: TableMapping = parseMapping('phase=test,tokens=n,tokensPerS=rate,durationNs=ms:ms,model=model')

/** Every format's seeds: its fixtures and what code makes. Throws when a format has none. */
export function fuzzSeeds(): ReadonlyMap<string, readonly Uint8Array[]> {
  const seeds = new Map(formats.map(({ id }) => [id, [...fixturesOf(id), ...(made[id]?.() ?? [])]]))
  const without = [...seeds].filter(([, list]) => list.length === 0).map(([id]) => id)
  if (without.length > 0) throw new Error(`no seeds for ${without.join(', ')}: put a file into src/testing/fixtures/FORMAT/`)
  return seeds
}

function fixturesOf(id: string): Uint8Array[] {
  const folder = new URL(`${id}/`, fixtures)
  try {
    return readdirSync(folder)
      .sort()
      .map((file) => new Uint8Array(readFileSync(new URL(file, folder))))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
}
