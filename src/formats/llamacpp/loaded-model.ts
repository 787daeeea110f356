import { fileOfPath, quantInName } from '../model-words.js'
import type { RateSetting } from '../rates.js'
import { processorOfBackend } from './bench-row.js'

const BUFFER = /(\S{1,60})\s{1,10}(?:model buffer size =|(?<=llm_load_tensors:\s{1,20}\S{1,60}\s)buffer size =)\s{0,10}([\d.]{1,20}) MiB/
const BREAKDOWN = /memory_breakdown_print: \|\s{1,10}- ([^|]{1,60}?)\s{0,60}\|[^(]{0,80}\(?\s{0,10}\d{1,9} =\s{0,10}(\d{1,9}) \+/
const MAX_BUFFERS = 64
const COUNTS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }
const SIZES: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }

/** What a log says of one load of a model. */
export class Load {
  name = ''
  file = ''
  quant = ''
  fileBytes = 0
  parameters = 0
  isWarmedUp = false
  isWithoutWarmUp = false
  /** Devices that it was given, and layers that went there; -1: the log does not say. */
  readonly devices = new Set<string>()
  offloaded = -1
  /** Its weights by the backend that holds them, in MiB. */
  readonly buffers = new Map<string, number>()
  /** The same from the table that llama.cpp prints when it ends. */
  readonly breakdown = new Map<string, number>()

  get isNamed(): boolean {
    return this.name !== '' || this.quant !== '' || this.buffers.size > 0
  }

  setting(machine: { readonly device: string; readonly threads: number }): Partial<RateSetting> {
    const held = this.buffers.size > 0 ? this.buffers : this.breakdown
    const names = [...held].filter(([, size]) => size > 1).map(([name]) => name)
    const given = this.offloaded === 0 ? ['CPU'] : [...this.devices]
    const mib = [...held.values()].reduce((sum, size) => sum + size, 0)
    return {
      model: this.name === '' ? this.file : this.name,
      quant: this.quant === '' ? quantInName(this.file) : this.quant,
      ...machine,
      modelBytes: mib > 0 ? Math.round(mib * 2 ** 20) : this.fileBytes,
      parameters: this.parameters,
      backend: (held.size > 0 ? [...held.keys()] : given).join(', '),
      processor: processorOfBackend((held.size > 0 ? names : given).join(' ')),
    }
  }
}

/** A model that guesses tokens for another is loaded, or asked for. */
const DRAFT = /loading draft model|\s(?:-md|--model-draft|--spec-type|--spec-draft-model)[\s=]/

/** A longer line is no command that somebody typed. */
const MAX_COMMAND = 4000
const COMMAND = /\bllama\S{0,40}(?: .{0,2000}?)? (?:-m|--model|-hf|-hfr|--hf-repo)[ =](\S{1,300})/

/** The path in a line that begins a load, in a command, or in the banner of llama-cli. */
function pathOf(text: string): string | undefined {
  if (!text.includes('.gguf') && !text.includes('model') && !text.includes(' -hf')) return undefined
  const found =
    /llama_model_loader: loaded meta data .{0,120}? from (\S.{0,300}?)(?: \(version .{0,40})?\s*$/.exec(text) ??
    /load_model: loading model '(.{1,300})'/.exec(text) ??
    (text.length > MAX_COMMAND ? null : COMMAND.exec(text)) ??
    /^\s*model\s{1,10}:\s{1,4}(\S{1,300}\.gguf)\s*$/.exec(text)
  return found?.[1]
}

/** Follows the loads of a log. Timings belong to the model that was loaded last before them and is no draft of another. */
export class LoadedModel {
  device = ''
  threads = 0
  current = new Load()
  /** Those since the last timing, the first of them ahead. */
  loads: Load[] = [this.current]
  /** A second model guesses tokens for the first: several go through a pass. */
  isDrafting = false
  private written = this.current
  private isTimed = false

  /** Behind a timing the next words of a model are another load's. */
  timed(): void {
    this.isTimed = true
  }

  /** Where timings are of the model that others draft for, it was loaded first. */
  ofTarget(): Load {
    return (this.current = this.loads[0]!)
  }

  setting(load: Load): Partial<RateSetting> {
    return load.setting({ device: this.device, threads: this.threads })
  }

  /** Words are looked for before expressions: nearly every line of a log says nothing of a model. */
  line(text: string): void {
    if (text.includes('warm')) this.warming(text)
    if (text.includes('evice')) this.device = /(?:device:|selected device|Device description:)\s*'?(\S.{0,120}?)'?\s*$/.exec(text)?.[1] ?? this.device
    const threads = text.includes('n_threads = ') ? /\bn_threads = (\d{1,4})\b/.exec(text) : null
    if (threads !== null) this.threads = Number(threads[1])
    const path = pathOf(text)
    if (path !== undefined) {
      this.begin(this.written.isNamed)
      this.written.file = fileOfPath(path.replace(/^["']|["']$/g, ''))
    }
    if ((text.includes('draft') || text.includes(' -')) && DRAFT.test(text)) this.draft(text)
    if (text.includes('--no-warmup') && !text.includes('to disable')) this.withoutWarmUp()
    const name = text.includes('general.name') ? /general\.name\s+(?:str\s*)?=\s*(\S.{0,120}?)\s*$/.exec(text) : null
    const quant = text.includes('ftype') || text.includes('file type') ? /(?:file type\s+=|model ftype\s+=|^\s*ftype\s+:)\s*(\S.{0,38}?)\s*$/.exec(text) : null
    if (name !== null || quant !== null) {
      this.begin(this.written.buffers.size > 0)
      if (name !== null) this.written.name = name[1]!
      if (quant !== null) this.written.quant = quant[1]!
      return
    }
    if (text.includes('using device ') || text.includes('offloaded ')) this.places(text)
    if (text.includes(' size') || text.includes('model params') || text.includes('memory_breakdown')) this.sizes(text)
  }

  /** Which device a model is given is told ahead of its load. */
  private places(text: string): void {
    const device = /: using device (\S{1,40}) \(/.exec(text)
    if (device !== null) {
      this.begin(this.written.isNamed)
      if (this.written.devices.size < MAX_BUFFERS) this.written.devices.add(device[1]!)
    }
    const layers = /offloaded (\d{1,6})\/\d{1,6} layers to GPU/.exec(text)
    if (layers !== null) this.written.offloaded = Number(layers[1])
  }

  /** The command of a run stands ahead of its load. */
  private withoutWarmUp(): void {
    this.begin(false)
    this.written.isWithoutWarmUp = true
  }

  private warming(text: string): void {
    if (/warming up the model|: warmup (?:prompt|generation) run/.test(text)) this.written.isWarmedUp = true
  }

  private sizes(text: string): void {
    const size = /(?:model size|file size)\s+= ([\d.]{1,12}) ([KMGT]iB)/.exec(text)
    if (size !== null) this.written.fileBytes = Math.round(Number(size[1]) * SIZES[size[2]!]!) || 0
    const params = /model params\s+= ([\d.]{1,12}) ([KMBT])\b/.exec(text)
    if (params !== null) this.written.parameters = Math.round(Number(params[1]) * COUNTS[params[2]!]!) || 0
    const buffer = BUFFER.exec(text)
    if (buffer !== null) {
      this.begin(false)
      // A model in several files has a buffer of one name for each.
      const { buffers } = this.written
      if (buffers.size < MAX_BUFFERS || buffers.has(buffer[1]!)) buffers.set(buffer[1]!, (buffers.get(buffer[1]!) ?? 0) + (Number(buffer[2]) || 0))
      return
    }
    const row = BREAKDOWN.exec(text)
    if (row !== null && this.current.breakdown.size < MAX_BUFFERS) this.current.breakdown.set(row[1]!, Number(row[2]))
  }

  /** The load that the next words are of: a new one behind timings, or where the last one is told to its end. */
  private begin(isAnother: boolean): void {
    if (!this.isTimed && !isAnother) return
    if (this.isTimed) {
      this.loads = []
      this.isDrafting = false
    }
    this.isTimed = false
    this.written = this.current = new Load()
    if (this.loads.length < 8) this.loads.push(this.current)
  }

  /** What follows is told of a model that is not the one whose passes are timed. */
  private draft(text: string): void {
    this.isDrafting = true
    if (!/loading draft model/.test(text)) return
    const target = this.current
    this.written = new Load()
    this.current = target
  }
}
