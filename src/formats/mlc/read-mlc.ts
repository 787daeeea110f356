import type { Source } from '../../trace/source.js'
import type { ProcessorName } from '../../trace/words.js'
import { decimalToNs } from '../decimal-text.js'
import { DeviceWords } from '../device-words.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { PER_SECOND, PRINTED, addPrinted } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { UsageBlock } from './usage-block.js'

const BOTH = new RegExp(`\\bprefill:\\s{0,4}(${PRINTED})\\s{0,2}${PER_SECOND},\\s{0,4}decode:\\s{0,4}(${PRINTED})\\s{0,2}${PER_SECOND}`, 'i')
const STEP = new RegExp(`\\[i:\\s{0,4}\\d{1,9}\\]\\s{1,4}decoding-time\\s{0,2}=\\s{0,2}(${PRINTED})\\s{0,2}ms`)
const COUNTS = /^\s{0,8}prompt tokens:\s{0,4}(\d{1,12}),\s{0,4}completion tokens:\s{0,4}(\d{1,12})/
const SECTION = /^-{2,}\s{0,4}([a-z]{1,20})\s{0,4}-{2,}\s{0,20}$/
const THROUGHPUT = new RegExp(`^\\s{0,8}throughput:\\s{0,4}(${PRINTED})`)
const TOTAL = /^\s{0,8}total tokens:\s{0,4}(\d{1,12}) tok/
/** Devices that TVM compiles for. */
const DEVICES: Readonly<Record<string, ProcessorName>> = {
  ...{ cuda: 'gpu', rocm: 'gpu', vulkan: 'gpu', opencl: 'gpu', metal: 'gpu', webgpu: 'gpu' },
  ...{ hexagon: 'npu', cpu: 'cpu', llvm: 'cpu' },
}

/** Reads rates of MLC LLM and WebLLM: those of `/stats` tell no counts; an answer's usage does. Throws `BadInput`. */
export async function readMlc(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  const device = new DeviceWords()
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = {}
  const setting = (): (() => Partial<RateSetting>) => {
    const own = { ...run }
    return () => ({ ...own, device: device.or('') })
  }
  const usage = new UsageBlock(list, setting)
  let section = ''
  let rate: { readonly text: string; readonly line: number } | undefined
  const endSection = (tokens: number | undefined): void => {
    if (rate !== undefined && (section === 'prefill' || section === 'decode'))
      addPrinted(list, { phase: section, tokens, perSecond: rate.text, line: rate.line, setting: setting() })
    rate = undefined
  }
  // The line behind the rates tells their counts, since the command line runs on the server's engine.
  let waiting: { readonly prefill: string; readonly decode: string; readonly line: number; readonly setting: () => Partial<RateSetting> } | undefined
  const endBoth = (counts: { readonly prompt: number; readonly completion: number } | undefined): void => {
    if (waiting === undefined) return
    const { prefill, decode, line, setting: own } = waiting
    waiting = undefined
    addPrinted(list, { phase: 'prefill', tokens: counts?.prompt, perSecond: prefill, line, setting: own })
    const steps = counts === undefined ? undefined : Math.max(1, counts.completion - 1)
    const inferred: Record<string, string> = steps === undefined ? {} : { tokens: 'first-token-by-prefill' }
    addPrinted(list, { phase: 'decode', tokens: steps, perSecond: decode, line, setting: own, inferred })
  }
  await eachLogLine(source, tools, list.skipped, (text, line) => {
    device.see(text)
    seeModel(run, text)
    const both = BOTH.exec(text)
    const counts = waiting === undefined ? null : COUNTS.exec(text)
    if (text.trim() !== '') endBoth(counts === null ? undefined : { prompt: Number(counts[1]), completion: Number(counts[2]) })
    if (counts !== null) return
    if (both !== null) {
      waiting = { prefill: both[1]!, decode: both[2]!, line, setting: setting() }
      return
    }
    const step = STEP.exec(text)
    if (step !== null) return void list.add('decode', { tokens: 1, ns: decimalToNs(step[1]!, 'ms'), line, setting: setting() })
    const title = SECTION.exec(text)
    if (title !== null) {
      endSection(undefined)
      section = title[1]!
      return
    }
    const throughput = THROUGHPUT.exec(text)
    if (throughput !== null) {
      rate = { text: throughput[1]!, line }
      return
    }
    const total = TOTAL.exec(text)
    if (total !== null) return endSection(Number(total[1]))
    usage.line(text, line)
  })
  endBoth(undefined)
  endSection(undefined)
  usage.flush()
  return list.reading('mlc-log', 'rates of MLC that were measured')
}

function seeModel(run: { -readonly [K in keyof RateSetting]?: RateSetting[K] }, text: string): void {
  const found = /-q\d/i.test(text) ? /\b([\w.-]{1,120}-(q\d\w{1,12})(?:-MLC)?)\b/i.exec(text.slice(0, 4000)) : null
  if (found !== null) {
    run.model = found[1]!
    run.quant = found[2]!
  }
  const name = /(?:[Uu]sing|[Ff]ound|auto) device:? "?([a-z]{2,10})(?::\d{1,3})?"?/.exec(text)?.[1] ?? /--device[= ]"?([a-z]{2,10})\b/.exec(text)?.[1]
  if (name !== undefined && Object.hasOwn(DEVICES, name)) Object.assign(run, { backend: `MLC ${name}`, processor: DEVICES[name] })
}
