import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { cachedOf, dimsOf, kindOfGgmlOp, matmulOf, rulesOfWork, tensorsOf, typeOfGgml, workOfTensors, type Tensor } from './ggml.js'
import { Graphs, graphRules } from './graphs.js'
import { LogFacts } from './log-facts.js'

const OLD =
  /ggml-hex: (\S{1,40}) ([\w+]{1,80}) (.{1,1000}?) -> (.{1,300}?) : total (\d{1,12}) us \(([^)]{0,200})\) cycles (\d{1,15}) pkts (\d{1,15}) [^c]{0,30}call (\d{1,12}) us/
const NEW = /ggml-hex: (\S{1,40}) profile-op ([^|:]{1,200})([|:])(.*)$/
const WRAP = 2 ** 32

interface Reading {
  readonly graphs: Graphs
  readonly skipped: Skipped
  /** A counter a device. */
  readonly clocks: Map<string, CycleClock>
  readonly clockHz: number | undefined
}

/** Reads the line of 2025 and both of 2026; their cycles become times through their own clock (`mhz`), else the caller's, unwrapped.
 *  Throws `BadInput`: an op with cycles alone and no clock for them. */
export async function readHexagon(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs(drafts)
  const log = new LogFacts()
  const reading: Reading = { graphs, skipped, clocks: new Map(), clockHz: tools.clockHz }
  let device = ''
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const at = text.indexOf('ggml-hex: ')
      const place = { file: source.name, line }
      const old = at < 0 ? null : OLD.exec(text.slice(at, at + 2000))
      const found = at < 0 || old !== null ? null : NEW.exec(text.slice(at, at + 8000))
      if (old !== null) {
        device ||= old[1]!
        addOld(graphs, old, place)
      } else if (found !== null) {
        device ||= found[1]!
        addNew(reading, found, place)
      } else {
        if (log.see(text)) graphs.restart()
        if (/trace-(evt|op) /.test(text)) skipped.count('trace line: a moment within an op')
      }
    })
    const requests = graphs.requests()
    const several = graphs.note()
    return await drafts.finish({
      device: log.device.or(device === '' ? 'unknown (Hexagon)' : `Hexagon ${device}`),
      tool: 'llama.cpp Hexagon backend',
      format: 'llamacpp-hexagon',
      note: `durations are those of the DSP; the call of the host stands behind each op as one of its own${several === undefined ? '' : `; ${several}`}`,
      requests,
      hints: log.hints(graphs.weightType()),
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function addOld(graphs: Graphs, [, device, type, sources, to, totalUs, , , , callUs]: RegExpExecArray, place: Place): void {
  const output = tensorOf(to!)
  const inputs = sources!.split(' x ').map(tensorOf)
  const { layer, words } = layerOf(output.name, inputs.map(({ name }) => name))
  const kind = kindOfGgmlOp(type!, output.name)
  const tensors = inputs.flatMap(({ tensor }) => (tensor === undefined ? [] : [tensor]))
  const shape = kind === 'matmul' && tensors.length > 1 ? matmulOf(tensors, output.tensor) : undefined
  const work = output.tensor === undefined ? {} : workOfTensors(type!, kind, tensors, output.tensor)
  graphs.node({
    draft: {
      name: output.name,
      type: type!,
      kind,
      layer,
      processor: 'npu',
      lane: device!,
      durationNs: Number(totalUs) * 1000,
      ...shape,
      ...work,
      rules: { ...graphRules, kind: 'op-name', layer: 'tensor-name', ...rulesOfWork(shape, work) },
    },
    dims: output.tensor?.dims,
    cached: cachedOf(type!, output.name, tensors, output.tensor),
    words,
    place,
  })
  if (Number(callUs) > 0)
    graphs.node({
      draft: { name: `call of ${output.name}`, type: 'call', kind: 'dispatch', layer, processor: 'cpu', lane: device!, durationNs: Number(callUs) * 1000, rules: { ...graphRules, kind: 'op-name', layer: 'tensor-name' } },
      dims: undefined,
      place,
    })
}

/** `name a:b:c:d`; names may hold blanks. This line has no types. */
function tensorOf(text: string): { name: string; tensor: Tensor | undefined } {
  const found = /^(.*?)\s*(\d{1,9}(?::\d{1,9}){1,3})$/.exec(text.trim())
  const dims = dimsOf(found?.[2] ?? '')
  return { name: found?.[1] ?? text.trim(), tensor: dims === undefined ? undefined : { dims, type: '' } }
}

/** The layer of an op: its output's, else that of the weights or of what else it reads. Of an unnamed output (`node_41`) the weights
 *  say what it is. */
function layerOf(output: string, inputs: readonly string[]): { layer: number; words: string } {
  const weights = inputs.find((name) => /\.weight$/.test(name))
  const own = layerOfOpName(output)
  const words = /^node_\d+$/.test(output) && weights !== undefined ? weights : output
  if (own >= 0) return { layer: own, words }
  for (const name of weights === undefined ? inputs : [weights]) {
    const layer = layerOfOpName(name)
    if (layer >= 0) return { layer, words }
  }
  return { layer: -1, words }
}

function addNew({ graphs, skipped, clocks, clockHz }: Reading, [, device, nameWord, separator, rest]: RegExpExecArray, place: Place): void {
  const type = nameWord!.trim()
  // A batch encloses ops that have lines of their own.
  if (type === 'OPBATCH') return skipped.count('OPBATCH line around other ops')
  const cells = rest!.split(separator === '|' ? '|' : ' : ')
  const figures = cells.at(-1)!
  const figure = (key: string): number => Number(new RegExp(`\\b${key} (\\d{1,15}(?:\\.\\d{1,6})?)`).exec(figures)?.[1] ?? NaN)
  const usec = figure('usec')
  const cycles = figure('cycles')
  const start = figure('start')
  const mhz = figure('mhz') > 0 ? figure('mhz') : clockHz === undefined ? NaN : clockHz / 1e6
  const clock = figure('mhz') > 0 ? 'cycles-by-mhz' : 'clock-given'
  const byCycles = Math.round((cycles * 1000) / mhz)
  if (Number.isNaN(usec) && Number.isNaN(byCycles)) {
    if (Number.isNaN(cycles)) return skipped.count('profile-op line without usec')
    throw new BadInput({ ...place, field: 'usec' }, 'a time, or a clock beside the cycles', figures.trim(), 'give the clock: `import FILE --clock 1.2GHz`')
  }
  const names = (cells[0] ?? '').split(/->/)
  const inputs = names.length > 1 ? names[0]!.split(' x ').map((word) => word.trim()) : []
  const name = (names[1] ?? names[0] ?? type).split(/ x /)[0]!.trim() || type
  const { sources, output } = tensorsOf(cells[1] ?? '', cells[2] ?? '')
  const { layer, words } = layerOf(name, inputs)
  const kind = kindOfGgmlOp(type, name)
  const shape = kind === 'matmul' ? matmulOf(sources, output) : undefined
  const work = output === undefined ? {} : workOfTensors(type, kind, sources, output)
  let counter = clocks.get(device!)
  if (counter === undefined && clocks.size < 64) clocks.set(device!, (counter = new CycleClock()))
  const startNs = Number.isNaN(start) || Number.isNaN(mhz) || counter === undefined ? undefined : counter.ns(start, mhz)
  const isExact = Number.isSafeInteger(byCycles) && (clock === 'cycles-by-mhz' || Number.isNaN(usec))
  graphs.node({
    draft: {
      name,
      type,
      kind,
      dataType: typeOfGgml((cells[2] ?? '').split(/ x |->/)[0]!.trim()),
      layer,
      processor: 'npu',
      lane: device!,
      durationNs: isExact ? byCycles : Math.round(usec * 1000),
      ...(startNs === undefined ? {} : { startNs }),
      ...shape,
      ...work,
      rules: { ...graphRules, kind: 'op-name', layer: 'tensor-name', ...rulesOfWork(shape, work), ...(isExact ? { durationNs: clock } : {}), ...(startNs === undefined ? {} : { startNs: clock }) },
    },
    dims: output?.dims,
    cached: cachedOf(type, name, sources, output),
    weights: sources[0]?.type ?? '',
    words,
    place,
  })
}

/** A 32-bit counter of cycles as ns: it wraps, and its clock may change from op to op. */
class CycleClock {
  private last = NaN
  private nowNs = 0

  ns(cycles: number, mhz: number): number {
    if (!Number.isNaN(this.last)) {
      const passed = (((cycles - this.last) % WRAP) + WRAP) % WRAP
      // A step back of less than half the range is disorder in the log, not a wrap.
      this.nowNs += Math.round(((passed > WRAP / 2 ? passed - WRAP : passed) * 1000) / mhz)
    }
    this.last = cycles
    return this.nowNs
  }
}
