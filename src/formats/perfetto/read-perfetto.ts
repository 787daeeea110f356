import { Unzlib } from 'fflate'
import { joinBytes } from '../../base/bytes.js'
import { BadInput } from '../../base/errors.js'
import { MOST_PACKET_BYTES } from '../../base/unpack-limits.js'
import type { Source } from '../../trace/source.js'
import type { Spool } from '../../trace/spool.js'
import type { RecordedCalls } from '../../trace/trace.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { eachMessage } from '../delimited.js'
import type { ImportTools } from '../format.js'
import type { SwitchPart } from '../ftrace/parts.js'
import { FtraceReader } from '../ftrace/reader.js'
import { SwitchDrafts } from '../ftrace/switch-drafts.js'
import { TaskNames } from '../ftrace/task-names.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import { machineText } from '../machine-text.js'
import { FLOW_END, FLOW_THROUGH, FLOW_WIDTH, flowRow } from '../slice-flows.js'
import { SliceSources } from '../slice-sources.js'
import { NAMELESS, PAIR_WIDTH, SlicePairs, THREAD } from '../slice-pairs.js'
import { SliceSections } from '../slice-sections.js'
import { SLICE_WIDTH, addSlice } from '../slice-tree.js'
import { addSlices, type SliceEvents } from '../slices.js'
import { SwitchCuts } from '../switch-cuts.js'
import { usingSpools } from '../spools.js'
import { numberOfText } from '../text-number.js'
import { WordTable } from '../word-table.js'
import { Clocks } from './clocks.js'
import { KERNEL_KEYS, KERNEL_WIDTH, KernelEvents } from './kernel-events.js'
import { PacketMessage, PacketsMessage, type Packet, type RenderStage, type TrackEvent } from './messages.js'
import { RenderStages } from './render-stages.js'
import { Sequence } from './sequence.js'
import { machineOf } from './system-info.js'
import { Tracks } from './tracks.js'

const PACKET_TAG = 0x0a
const [BEGIN, END] = [1, 2] as const

/** Slices of tracks become ops, events of the kernel recorded world switches, both on the boot clock. Throws `BadInput`. */
export function readPerfetto(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  return usingSpools(tools, async (spool) => {
    const drafts = new OpDrafts(source, into, { ...tools, spool })
    const packets = new Packets(source.name, drafts, spool(SLICE_WIDTH, 4), spool(FLOW_WIDTH, 3), spool(PAIR_WIDTH, 3), spool(KERNEL_WIDTH, KERNEL_KEYS))
    await eachMessage(source, tools, (bytes, _number, byteOffset) => packets.message(bytes, byteOffset), PACKET_TAG)
    packets.finish()
    addSlices(packets, drafts, source.name)
    return await drafts.finish({ device: machineText(packets.machine) ?? 'unknown (Perfetto)', tool: 'Perfetto', format: 'perfetto', dependencies: 'program-order', skipped: packets.skipped, ...(packets.calls === undefined ? {} : { calls: packets.calls }) })
  })
}

class Packets implements SliceEvents {
  readonly words: WordTable
  /** What the file says of the machine. */
  readonly machine: string[] = []
  private readonly tracks = new Tracks()
  private readonly stages = new RenderStages()
  private readonly sources: SliceSources
  private recording: string | undefined
  readonly skipped = new Skipped()
  private readonly sequences = new Map<number, Sequence>()
  private readonly clocks = new Clocks()
  private readonly pairs: SlicePairs
  private readonly kernel: KernelEvents
  private readonly reader: FtraceReader
  private readonly hasSwitches: () => boolean
  private byteOffset = 0

  constructor(
    private readonly file: string,
    drafts: OpDrafts,
    readonly slices: Spool,
    readonly flows: Spool,
    pairs: Spool,
    kernel: Spool,
  ) {
    this.words = new WordTable('names', 250_000, file)
    this.pairs = new SlicePairs(pairs)
    const sections = new SliceSections(this.pairs, this.words, this.skipped)
    this.sources = new SliceSources(this.words, (track) => this.tracks.processKey(track))
    const tasks = new TaskNames()
    const switches = new SwitchDrafts(drafts, tasks, () => ({ file, byteOffset: this.byteOffset }))
    const cuts = new SwitchCuts(slices, this.words)
    const part = (one: SwitchPart): void => {
      switches.part(one)
      cuts.cut(tasks.of(one), one)
    }
    this.reader = new FtraceReader(this.skipped, part, switches.mark, (at, mark) => sections.mark(tasks.of(at), at.timeNs, mark))
    this.kernel = new KernelEvents(kernel, this.words, this.reader, this.skipped)
    this.hasSwitches = () => switches.switches > 0
  }

  /** Of the secure world; undefined: none was recorded. */
  get calls(): RecordedCalls | undefined {
    return this.hasSwitches() ? this.reader.calls.recorded : undefined
  }

  message(bytes: Uint8Array, byteOffset: number): void {
    this.byteOffset = byteOffset
    this.packet(this.decode<Packet>(PacketMessage, bytes), 0)
  }

  trackName(track: string): string | undefined {
    return this.tracks.name(track)
  }

  processOf(track: string): string | undefined {
    return this.tracks.processName(track)
  }

  leftOut(track: number, cat: number): string | undefined {
    return this.sources.leftOut(track, cat)
  }

  finish(): void {
    this.kernel.finish()
    this.pairs.finish(this.skipped, this.file, (group, lane, name, cat, startNs, durationNs) =>
      this.slice(lane === 0 ? group : this.words.of(`${this.words.text(group)} #${lane + 1}`), name, cat, startNs, durationNs),
    )
  }

  private packet(packet: Packet, depth: number): void {
    if (packet.compressedPackets !== undefined && packet.compressedPackets.length > 0) {
      if (depth > 0) return this.skipped.count('compressed packets within compressed ones')
      for (const one of this.decode<{ packet?: Packet[] }>(PacketsMessage, this.inflated(packet.compressedPackets)).packet ?? []) this.packet(one, depth + 1)
      return
    }
    const id = packet.sequenceId ?? 0
    const sequence = this.sequences.get(id) ?? new Sequence(this.clocks.ofSequence())
    if (this.sequences.size < 100_000) this.sequences.set(id, sequence)
    const isWhole = sequence.take(packet)
    if (packet.trackDescriptor !== undefined) this.tracks.describe(packet.trackDescriptor)
    if (packet.systemInfo !== undefined) this.machine.push(...machineOf(packet.systemInfo))
    if (packet.traceUuid !== undefined) this.begins(packet.traceUuid)
    if (packet.ftraceEvents !== undefined) this.kernel.bundle(packet.ftraceEvents)
    if (packet.renderStage !== undefined) this.stages.describe(packet.renderStage)
    if (packet.trackEvent === undefined && packet.renderStage === undefined) return
    if (!isWhole) return this.skipped.count('event behind lost packets')
    const atNs = sequence.time(packet)
    if (!Number.isSafeInteger(atNs)) return this.skipped.count('event on an unknown clock')
    if (packet.renderStage !== undefined) this.renderStage(packet.renderStage, sequence, atNs)
    if (packet.trackEvent !== undefined) this.event(packet.trackEvent, sequence, atNs, id)
  }

  private event(event: TrackEvent, sequence: Sequence, atNs: number, id: number): void {
    const uuid = event.trackUuid ?? sequence.trackUuid
    const track = this.words.of(uuid === undefined ? `sequence ${id}` : `track ${uuid}`)
    for (const flow of event.flowIds ?? []) this.flow(track, atNs, flow, FLOW_THROUGH)
    for (const flow of event.terminatingFlowIds ?? []) this.flow(track, atNs, flow, FLOW_END)
    const { legacy } = event
    const phase = event.type === BEGIN ? 'B' : event.type === END ? 'E' : legacy?.phase === undefined || (event.type ?? 0) !== 0 ? '' : String.fromCharCode(legacy.phase)
    if (!'BEXbeSF'.includes(phase) || phase === '') return this.skipped.count('event that is no slice (instant, counter)')
    // What began before packets were lost has lost its end with them.
    const thread = THREAD - sequence.losses
    if (phase === 'E') return this.pairs.end(track, thread, atNs, NAMELESS)
    const name = this.words.of(event.name ?? sequence.names.get(event.nameIid ?? legacy?.nameIid ?? -1) ?? '')
    const category = event.categories?.[0] ?? sequence.categories.get(event.categoryIids?.[0] ?? -1) ?? ''
    const cat = this.words.of(category)
    if (phase === 'B') return this.pairs.begin(track, thread, atNs, name, cat)
    if (phase === 'X') {
      const durationNs = (legacy?.durationUs ?? 0) * 1000
      if (durationNs >= 0 && Number.isSafeInteger(durationNs)) this.slice(track, name, cat, atNs, durationNs)
      else this.skipped.count('complete event whose duration cannot be')
      return
    }
    const { globalId, localId, unscopedId, idScope = '' } = legacy!
    const process = globalId === undefined ? this.tracks.processKey(this.words.text(track)) : ''
    const key = numberOfText(JSON.stringify([category, globalId ?? localId ?? unscopedId ?? 0, idScope, process, phase === 'S' || phase === 'F' ? name : '']))
    const group = this.words.of(`${process === '' ? '' : `${process} `}async ${category}`)
    if (phase === 'b' || phase === 'S') this.pairs.begin(group, key, atNs, name, cat)
    else this.pairs.end(group, key, atNs, this.words.text(name) === '' ? NAMELESS : name)
  }

  private renderStage(event: RenderStage, sequence: Sequence, atNs: number): void {
    const named = this.stages.named(event, sequence)
    if (named === undefined) return
    const { name, category, queue } = named
    const durationNs = event.duration ?? 0
    if (durationNs > 0 && Number.isSafeInteger(atNs + durationNs)) this.slice(this.words.of(queue), this.words.of(name), this.words.of(category), atNs, durationNs)
    else this.skipped.count('render stage of a GPU without a duration')
  }

  private slice(track: number, name: number, cat: number, startNs: number, durationNs: number): void {
    this.sources.see(track, cat)
    addSlice(this.slices, track, name, cat, startNs, durationNs)
  }

  private flow(track: number, atNs: number, id: number, what: number): void {
    const { row } = this.flows
    row[flowRow.track] = track
    row[flowRow.atNs] = atNs
    row[flowRow.seq] = this.flows.length
    row[flowRow.id] = this.words.of(`flow ${id}`)
    row[flowRow.what] = what
    this.flows.add()
  }

  /** Two recordings that were put behind each other have clocks that have nothing to do with each other. */
  private begins({ msb = 0, lsb = 0 }: NonNullable<Packet['traceUuid']>): void {
    const uuid = `${msb} ${lsb}`
    if (this.recording !== undefined && uuid !== this.recording)
      throw new BadInput({ file: this.file, byteOffset: this.byteOffset }, 'one recording', 'packets of another one behind it', 'import them one by one')
    this.recording = uuid
  }

  private decode<T>(type: typeof PacketMessage, bytes: Uint8Array): T {
    try {
      return type.toObject(type.decode(bytes), { longs: Number }) as T
    } catch (error) {
      throw new BadInput({ file: this.file, byteOffset: this.byteOffset }, 'a packet of Perfetto', undefined, (error as Error).message)
    }
  }

  /** Inflates piece by piece, so that a bomb is noticed before it is held. */
  private inflated(bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = []
    let length = 0
    const inflate = new Unzlib((part) => {
      length += part.length
      if (length > MOST_PACKET_BYTES) throw new BadInput({ file: this.file, byteOffset: this.byteOffset }, `at most ${MOST_PACKET_BYTES >> 20} MiB in compressed packets`, 'more of it')
      parts.push(part)
    })
    try {
      for (let from = 0; from < bytes.length; from += 4096) inflate.push(bytes.subarray(from, from + 4096), from + 4096 >= bytes.length)
    } catch (error) {
      if (error instanceof BadInput) throw error
      throw new BadInput({ file: this.file, byteOffset: this.byteOffset }, 'packets compressed by deflate', undefined, (error as Error).message)
    }
    return joinBytes(parts)
  }
}
