import { readFileSync, readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
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

/** Documents; and rows of a word and some numbers, which mean nothing without their title. */
const documents = new Set(['chakra-json', 'chrome-trace', 'kineto', 'perfetto', 'pytorch-et', 'rkllm-log'])
const folder = new URL('../testing/fixtures/', import.meta.url)
for (const id of readdirSync(folder).sort()) {
  if (documents.has(id) || !formats.some((format) => format.id === id)) continue
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

detection.run()
