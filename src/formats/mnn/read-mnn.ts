import type { Source } from '../../trace/source.js'
import type { nsPlaces } from '../decimal-text.js'
import { DeviceWords } from '../device-words.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { quantInName } from '../model-words.js'
import { PRINTED, addPrinted } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { MnnBench, processorOfMnn } from './bench-table.js'

const COUNT = /^\s{0,20}(prompt|output|decode) tokens num\s{0,8}=\s{0,8}(\d{1,12})\s{0,20}$/
const TIME = new RegExp(`^\\s{0,20}(prefill|decode) time\\s{0,8}=\\s{0,8}(${PRINTED}) (s|ms)\\s{0,20}$`)
const SPEED = new RegExp(`^\\s{0,20}(prefill|decode) speed\\s{0,8}=\\s{0,8}(${PRINTED}) tok(?:en)?s?/s\\s{0,20}$`)

/** A block between two lines of `#`, as far as it has come. */
interface Block {
  prompt?: number
  decode?: number
  unit: { prefill?: keyof typeof nsPlaces; decode?: keyof typeof nsPlaces }
  time: { prefill?: string; decode?: string }
  speed: { prefill?: string; decode?: string }
  line: { prefill?: number; decode?: number }
}

/** Reads the blocks that llm_demo prints, and rows of llm_bench. A block counts the passes of its decode, as its own rate does. Throws
 *  `BadInput`. */
export async function readMnn(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  const bench = new MnnBench(list)
  const device = new DeviceWords()
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = {}
  let block = emptyBlock()
  const flush = (): void => {
    const own = { ...run }
    const setting = (): Partial<RateSetting> => ({ ...own, device: device.or('') })
    for (const phase of ['prefill', 'decode'] as const) {
      const line = block.line[phase]
      if (line === undefined) continue
      const { time, unit, speed, prompt, decode } = block
      const tokens = phase === 'prefill' ? prompt : decode
      addPrinted(list, { phase, tokens, time: time[phase], unit: unit[phase] ?? 's', perSecond: speed[phase], line, setting })
    }
    block = emptyBlock()
  }
  await eachLogLine(source, tools, list.skipped, (text, line) => {
    if (bench.line(text, line)) return
    device.see(text)
    seeModel(run, text)
    const count = COUNT.exec(text)
    if (count !== null) {
      const which = count[1] === 'prompt' ? 'prompt' : 'decode'
      if (block[which] !== undefined) flush()
      block[which] = Number(count[2])
      return
    }
    const time = TIME.exec(text)
    const speed = time === null ? SPEED.exec(text) : null
    const found = time ?? speed
    if (found !== null) {
      const phase = found[1] as 'prefill' | 'decode'
      const into = time === null ? block.speed : block.time
      if (into[phase] !== undefined) flush()
      block.line[phase] ??= line
      into[phase] = found[2]!
      if (time !== null) block.unit[phase] = found[3] as 's' | 'ms'
      return
    }
    const vision = /^\s{0,20}vision time\s{0,8}=\s{0,8}([\d.]{1,20}) s/.exec(text)
    if (vision !== null && Number(vision[1]) > 0) list.skipped.count('vision time (no part of the language model)')
    // A row of # ends a block that has times; the one before it stands ahead of them.
    if (/^\s{0,20}#{8,}\s{0,20}$/.test(text) && (block.line.prefill ?? block.line.decode) !== undefined) flush()
  })
  flush()
  return list.reading('mnn-log', 'times of MNN’s programs that were measured')
}

const emptyBlock = (): Block => ({ unit: {}, time: {}, speed: {}, line: {} })

function seeModel(run: { -readonly [K in keyof RateSetting]?: RateSetting[K] }, text: string): void {
  // The folder of a model's config is called after the model.
  const path = /(?:config path is |model(?: path)?[:=]\s{0,4})(\S{1,400}\.(?:json|mnn))\b/.exec(text)?.[1]
  if (path !== undefined) {
    const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.')
    run.model = (parts.length > 1 ? parts.at(-2)! : parts[0]!).slice(0, 200)
    run.quant = quantInName(run.model)
  }
  const backend = /\bbackend(?:_type)?["']?\s{0,4}[:=]\s{0,4}["']?([A-Za-z]{2,12})/.exec(text)?.[1]
  const processor = backend === undefined ? undefined : processorOfMnn(backend)
  if (processor !== undefined) Object.assign(run, { backend: `MNN ${backend}`, processor })
  run.threads = Number(/\bthread(?:_num|s)["']?\s{0,4}[:=]\s{0,4}(\d{1,3})\b/.exec(text)?.[1] ?? run.threads ?? 0)
}
