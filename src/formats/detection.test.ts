import { readFileSync, readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import { findFormat, formats, readRates } from './index.js'

/** What a reader reads when it is told the format is found without that, wherever its file was cut. */
const detection = suite('detection is as wide as the reader')

const tools = { ...memoryTools, clockHz: 1e9 }

/** Whether the named format reads anything in it. */
async function canRead(content: string, id: string): Promise<boolean> {
  const source = memorySource(content)
  try {
    if (formats.find((format) => format.id === id)!.read === undefined) await readRates(source, tools, id)
    else await traceFrom(source, tools, id)
    return true
  } catch (error) {
    if (error instanceof BadInput) return false
    throw error
  }
}

async function found(content: string, id: string): Promise<string> {
  try {
    return (await findFormat(memorySource(content), undefined, formats.find((format) => format.id === id)!.read === undefined ? 'rates' : 'trace')).format.id
  } catch (error) {
    return (error as Error).message.slice(0, 80)
  }
}

const documents = new Set(['chakra-json', 'chrome-trace', 'kineto', 'perfetto', 'pytorch-et'])
/** Rates whose rows are known by themselves. Those of others are a word and a number, which mean nothing without their title. */
const ownRows = new Set(['llama-bench', 'llamacpp-test-backend-ops'])
const folder = new URL('../testing/fixtures/', import.meta.url)
for (const id of readdirSync(folder).sort()) {
  const format = formats.find((one) => one.id === id)
  if (documents.has(id) || format === undefined || (format.read === undefined && !ownRows.has(id))) continue
  for (const file of readdirSync(new URL(`${id}/`, folder)).sort())
    detection(`${id}/${file}: from each line to the end, and each line alone`, async () => {
      const lines = readFileSync(new URL(`${id}/${file}`, folder), 'utf8').split('\n')
      const missed: string[] = []
      for (let i = 0; i < Math.min(lines.length, 40); i++)
        for (const content of [lines.slice(i).join('\n'), lines[i]!])
          if (content !== '' && (await canRead(content, id)) && (await found(content, id)) !== id) missed.push(`line ${i + 1}${content === lines[i] ? ' alone' : ''}: ${content.slice(0, 90)}`)
      assert.equal(missed, [])
    })
}

const wrappedJson: Readonly<Record<string, (line: string) => string>> = {
  stamps: (line) => `2025-11-02T10:00:01.123Z ${line}`,
  logcat: (line) => `07-14 12:03:11.123  1234  5678 I tag     : ${line}`,
  'a margin': (line) => `| ${line}`,
}

detection('JSON of llama-bench over several lines is read behind prefixes, and between lines of a log', async () => {
  const json = fixture('llama-bench/tests.json')
  const plain = await readRates(memorySource(json), memoryTools)
  const texts = Object.values(wrappedJson).map((wrap) => json.replace(/\n$/, '').split('\n').map(wrap).join('\n'))
  for (const text of [...texts, `[a, 7]: opened\n[\nno JSON\n${json}\ndone\n`]) assert.equal(await readRates(memorySource(text), memoryTools), plain)
})

detection('rates behind an op profile are found where rates are wanted, ops behind timings where ops are', async () => {
  const [profile, log] = [fixture('llamacpp-hexagon/old.log'), fixture('llamacpp-log/two-runs.log')]
  const many = (text: string): string => text.repeat(Math.ceil(600_000 / text.length))
  assert.is((await findFormat(memorySource(many(profile) + log), undefined, 'rates')).format.id, 'llamacpp-log')
  assert.is((await findFormat(memorySource(many(profile) + log))).format.id, 'llamacpp-hexagon')
  assert.is((await findFormat(memorySource(many(log) + profile))).format.id, 'llamacpp-hexagon')
  const rates = await readRates(memorySource(many(profile) + log), memoryTools)
  assert.equal(rates.rates.map(({ ns }) => ns), (await readRates(memorySource(log), memoryTools)).rates.map(({ ns }) => ns))
})

detection.run()
