import type { Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { Graphs, dimsOf, graphRules, typeOfGgml } from './ggml.js'

const OLD =
  /ggml-hex: (\S{1,40}) ([\w+]{1,80}) (.{1,1000}?) -> (.{1,300}?) : total (\d{1,12}) us \(([^)]{0,200})\) cycles (\d{1,15}) pkts (\d{1,15}) [^c]{0,30}call (\d{1,12}) us/
const NEW = /ggml-hex: (\S{1,40}) profile-op ([^|]{1,200})\|(.*)$/
type Dims = ReturnType<typeof dimsOf>
const WRAP = 2 ** 32

/** Reads both lines; the new one's cycles become times through its own clock (`mhz`), unwrapped. Throws `BadInput`. */
export async function readHexagon(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs()
  const clock = new CycleClock()
  let device = ''
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const at = text.indexOf('ggml-hex: ')
      if (at < 0) return
      const place = { file: source.name, line }
      const old = OLD.exec(text.slice(at, at + 2000))
      if (old !== null) {
        device ||= old[1]!
        return addOld(drafts, graphs, old, place)
      }
      const found = NEW.exec(text.slice(at, at + 8000))
      if (found !== null) {
        device ||= found[1]!
        addNew(drafts, graphs, clock, skipped, found, place)
      } else if (text.includes('trace-evt')) skipped.count('trace-evt line')
    })
    return await drafts.finish({
      device: device === '' ? 'unknown (Hexagon)' : `unknown (Hexagon ${device})`,
      tool: 'llama.cpp Hexagon backend',
      format: 'llamacpp-hexagon',
      note: 'durations are those of the DSP; the call of the host stands behind each op as one of its own',
      requests: graphs.requests(),
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function addOld(drafts: OpDrafts, graphs: Graphs, [, device, type, sources, to, totalUs, , , , callUs]: RegExpExecArray, place: Place): void {
  const output = tensorOf(to!)
  const [weights, input] = sources!.split(' x ').map(tensorOf)
  graphs.op(output.name, output.dims?.[1] ?? 1)
  const kind = kindOfOpWord(type!.split('+')[0]!)
  const shape = kind === 'matmul' && input !== undefined ? shapeOf(output.dims, weights?.dims) : undefined
  const common = { phase: graphs.phase, step: graphs.step, request: graphs.request, layer: layerOfOpName(output.name) }
  drafts.add(
    {
      ...common,
      name: output.name,
      type: type!,
      kind,
      processor: 'npu',
      lane: device!,
      durationNs: Number(totalUs) * 1000,
      ...shape,
      rules: { ...graphRules, kind: 'op-name', layer: 'tensor-name', ...(shape === undefined ? {} : { m: 'dims', n: 'dims', k: 'dims' }) },
    },
    place,
  )
  if (Number(callUs) > 0)
    drafts.add({ ...common, name: `call of ${output.name}`, type: 'call', processor: 'cpu', lane: device!, durationNs: Number(callUs) * 1000, rules: { ...graphRules, layer: 'tensor-name' } }, place)
}

/** A matmul's shape from its output's and its weights' dims. */
function shapeOf(output: Dims, weights: Dims): { m: number; n: number; k: number } | undefined {
  return output === undefined || weights === undefined ? undefined : { m: output[1] * output[2] * output[3], n: output[0], k: weights[0] }
}

/** `name a:b:c:d`; names may hold blanks. */
function tensorOf(text: string): { name: string; dims: Dims } {
  const found = /^(.*?)\s*(\d{1,9}(?::\d{1,9}){1,3})$/.exec(text.trim())
  return found === null ? { name: text.trim(), dims: undefined } : { name: found[1]!, dims: dimsOf(found[2]!) }
}

function addNew(drafts: OpDrafts, graphs: Graphs, clock: CycleClock, skipped: Skipped, [, device, nameWord, rest]: RegExpExecArray, place: Place): void {
  const type = nameWord!.trim()
  // A batch encloses ops that have lines of their own.
  if (type === 'OPBATCH') return skipped.count('OPBATCH line around other ops')
  const cells = rest!.split('|')
  const figures = cells.at(-1)!
  const usec = /usec (\d{1,12})/.exec(figures)
  if (usec === null) return skipped.count('profile-op line without usec')
  const cycles = /cycles (\d{1,15})/.exec(figures)
  const start = /start (\d{1,12})/.exec(figures)
  const mhz = /mhz (\d{1,6}(?:\.\d{1,6})?)/.exec(figures)
  const names = (cells[0] ?? '').split(/->/)
  const name = (names[1] ?? names[0] ?? type).split(/ x /)[0]!.trim() || type
  const shapes = (cells[1] ?? '').split('->')
  const output = dimsOf(shapes[1] ?? '')
  const inputs = (shapes[0] ?? '').split(' x ').map(dimsOf)
  graphs.op(name, output?.[1] ?? 1)
  const kind = kindOfOpWord(type.split('+')[0]!.split(',')[0]!)
  const shape = kind === 'matmul' ? shapeOf(output, inputs[0]) : undefined
  const startNs = start === null || mhz === null || Number(mhz[1]) === 0 ? undefined : clock.ns(Number(start[1]), Number(mhz[1]))
  const exact = cycles !== null && mhz !== null && Number(mhz[1]) > 0 ? Math.round((Number(cycles[1]) * 1000) / Number(mhz[1])) : Number(usec[1]) * 1000
  drafts.add(
    {
      name,
      type,
      kind,
      dataType: typeOfGgml((cells[2] ?? '').split(/ x |->/)[0]!.trim()),
      phase: graphs.phase,
      step: graphs.step,
      request: graphs.request,
      layer: layerOfOpName(name),
      processor: 'npu',
      lane: device!,
      durationNs: exact,
      ...(startNs === undefined ? {} : { startNs }),
      ...shape,
      rules: { ...graphRules, kind: 'op-name', layer: 'tensor-name', ...(cycles !== null && mhz !== null ? { durationNs: 'cycles-by-mhz' } : {}), ...(startNs === undefined ? {} : { startNs: 'cycles-by-mhz' }) },
    },
    place,
  )
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
