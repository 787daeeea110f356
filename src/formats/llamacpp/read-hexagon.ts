import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import { Graphs, graphRules } from './graphs.js'
import { LogFacts } from './log-facts.js'
import { Known, Node, NodeRules, besideOp, opWords, type OpWords } from './node.js'

const OLD =
  /ggml-hex: (\S{1,40}) ([\w+]{1,80}) (.{1,1000}?) -> (.{1,300}?) : total (\d{1,12}) us \(([^)]{0,200})\) cycles (\d{1,15}) pkts (\d{1,15}) [^c]{0,30}call (\d{1,12}) us/
const NEW = /ggml-hex: (\S{1,40}) profile-op ([^|:]{1,200})([|:])(.*)$/
const WRAP = 2 ** 32

interface Reading {
  readonly graphs: Graphs
  readonly known: Known<OpWords>
  readonly rules: NodeRules
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
  const reading: Reading = { graphs, known: new Known(), rules: new NodeRules(), skipped, clocks: new Map(), clockHz: tools.clockHz }
  let device = ''
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const at = text.indexOf('ggml-hex: ')
      const place = { file: source.name, line }
      const old = at < 0 ? null : OLD.exec(text.slice(at, at + 2000))
      const found = at < 0 || old !== null ? null : NEW.exec(text.slice(at, at + 8000))
      if (old !== null) {
        device ||= old[1]!
        addOld(reading, old, place)
      } else if (found !== null) {
        device ||= found[1]!
        addNew(reading, found, place)
      } else {
        if (log.see(text)) graphs.restart()
        if (/trace-(evt|op) /.test(text)) skipped.count('trace line: a moment within an op')
        else if (at >= 0 && (/ profile-op\b/.test(text) || / -> .{0,300}:\d{1,9}(?: : total\b|\s*$)/.test(text.slice(at, at + 2000)))) skipped.count('op line that is cut')
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

function addOld({ graphs, known, rules }: Reading, [, device, type, sources, to, totalUs, , , , callUs]: RegExpExecArray, place: Place): void {
  const output = tensorOf(to!)
  const said = known.of(`${type}|${sources}|${to}`, () => {
    const inputs = sources!.split(' x ').map(tensorOf)
    // This line has no types.
    return opWords(type!, output.name, inputs.map(({ name }) => name), `${inputs.map(({ dims }) => dims).join(' x ')} -> ${output.dims}`, '')
  })
  const node = new Node(output.name, type!, Number(totalUs) * 1000, said, rules.of(nodeRules, said), place)
  node.processor = 'npu'
  node.lane = device!
  graphs.node(node)
  if (Number(callUs) === 0) return
  const call = new Node(`call of ${output.name}`, 'call', Number(callUs) * 1000, known.of(`call|${said.layer}`, () => besideOp('dispatch', said.layer)), nodeRules, place)
  call.lane = device!
  graphs.node(call)
}

/** `name a:b:c:d`; names may hold blanks. */
function tensorOf(text: string): { name: string; dims: string } {
  const found = /^(.*?)\s*(\d{1,9}(?::\d{1,9}){1,3})$/.exec(text.trim())
  return { name: found?.[1] ?? text.trim(), dims: found?.[2] ?? '' }
}

function addNew({ graphs, known, rules, skipped, clocks, clockHz }: Reading, [, device, nameWord, separator, rest]: RegExpExecArray, place: Place): void {
  const type = nameWord!.trim()
  // A batch encloses ops that have lines of their own.
  if (type === 'OPBATCH') return skipped.count('OPBATCH line around other ops')
  const cells = rest!.split(separator === '|' ? '|' : ' : ')
  const figures = cells.at(-1)!
  const usec = figureOf(USEC, figures)
  const cycles = figureOf(CYCLES, figures)
  const start = figureOf(START, figures)
  const own = figureOf(MHZ, figures)
  const mhz = own > 0 ? own : clockHz === undefined ? NaN : clockHz / 1e6
  const byCycles = Math.round((cycles * 1000) / mhz)
  if (Number.isNaN(usec) && Number.isNaN(byCycles)) {
    if (Number.isNaN(cycles)) return skipped.count('profile-op line without usec')
    throw new BadInput({ ...place, field: 'usec' }, 'a time, or a clock beside the cycles', figures.trim(), 'give the clock: `import FILE --clock 1.2GHz`')
  }
  const names = cells[0] ?? ''
  const [inputText, outputText] = names.includes('->') ? names.split('->') : ['', names]
  const name = outputText!.split(' x ')[0]!.trim() || type
  const [dims, types] = [cells[1] ?? '', cells[2] ?? '']
  const said = known.of(`${type}|${names}|${dims}|${types}`, () => opWords(type, name, inputText === '' ? [] : inputText!.split(' x ').map((word) => word.trim()), dims, types))
  let counter = clocks.get(device!)
  if (counter === undefined && clocks.size < 64) clocks.set(device!, (counter = new CycleClock()))
  const startNs = Number.isNaN(start) || Number.isNaN(mhz) || counter === undefined ? undefined : counter.ns(start, mhz)
  const isExact = Number.isSafeInteger(byCycles) && (own > 0 || Number.isNaN(usec))
  const clock = own > 0 ? 'cycles-by-mhz' : 'clock-given'
  const more = 1 + (isExact ? 1 : 0) + (startNs === undefined ? 0 : 2) + (own > 0 ? 4 : 0)
  const add = { ...(isExact ? { durationNs: clock } : {}), ...(startNs === undefined ? {} : { startNs: clock }) }
  const node = new Node(name, type, isExact ? byCycles : Math.round(usec * 1000), said, rules.of(nodeRules, said, more, add), place)
  node.processor = 'npu'
  node.lane = device!
  node.startNs = startNs
  graphs.node(node)
}

const nodeRules = { ...graphRules, kind: 'op-name', layer: 'tensor-name' } as const
const [USEC, CYCLES, START, MHZ] = ['usec', 'cycles', 'start', 'mhz'].map((key) => new RegExp(`\\b${key} (\\d{1,15}(?:\\.\\d{1,6})?)`)) as [RegExp, RegExp, RegExp, RegExp]
const figureOf = (pattern: RegExp, text: string): number => Number(pattern.exec(text)?.[1] ?? NaN)

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
