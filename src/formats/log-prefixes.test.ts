import { readFileSync, readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import { asUtf8 } from '../trace/utf16.js'
import { findFormat, formats, readRates } from './index.js'

/** Every fixture of a format that is read as lines, wrapped as logs are that people post: what is read must be the same. */
const prefixes = suite('prefixes of log lines')

const two = (n: number): string => String(n).padStart(2, '0')
/** A clock that goes on by 37 ms a line. */
const clock = (i: number): string => `10:${two(Math.floor(i / 1500) % 60)}:${two(Math.floor(i / 25) % 60)}.${String((i * 37) % 1000).padStart(3, '0')}`

/** As tools write them: adb logcat -v threadtime, -v year, -v uid, -v epoch, -v brief, -v time, -v tag, -v process, -v long; … */
const wrappers: Readonly<Record<string, (text: string, i: number) => string>> = {
  'logcat threadtime': (text, i) => `07-14 ${clock(i)}  1234  5678 I llama-app: ${text}`,
  'logcat threadtime, a padded tag': (text, i) => `07-14 ${clock(i)} 12345 12399 W ${'tag'.padEnd(8)}: ${text}`,
  'logcat year, usec, zone': (text, i) => `2025-07-14 ${clock(i)}456 +0200  1234  5678 D my_app  : ${text}`,
  'logcat uid': (text, i) => `07-14 ${clock(i)} u0_a123  1234  5678 I tag     : ${text}`,
  'logcat epoch': (text, i) => `1752487391.${two(i % 100)}3  1234  5678 E tag: ${text}`,
  'logcat brief': (text) => `I/llama-app( 1234): ${text}`,
  'logcat time': (text, i) => `07-14 ${clock(i)} I/llama-app( 1234): ${text}`,
  'logcat tag': (text) => `I/llama-app: ${text}`,
  'logcat thread': (text) => `I( 1234: 5678) ${text}`,
  'logcat long': (text, i) => `[ 07-14 ${clock(i)}  1234: 5678 I/llama-app ]\n${text}\n`,
  'Android Studio': (text, i) => `2025-07-14 ${clock(i)}  1234-5678  llama-app               com.example.llama                    I  ${text}`,
  'Android Studio of before': (text, i) => `2025-07-14 ${clock(i)} 1234-5678/com.example.llama I/llama-app: ${text}`,
  'journalctl': (text, i) => `Jul 14 10:00:${two(i % 60)} orangepi5 llama-cli[1234]: ${text}`,
  'journalctl short-precise': (text, i) => `Jul  4 ${clock(i)}456 orangepi5 llama-cli[1234]: ${text}`,
  'journalctl short-iso': (text, i) => `2025-07-14T10:00:${two(i % 60)}+0200 orangepi5 llama-cli[1234]: ${text}`,
  'journalctl short-monotonic': (text, i) => `[${String(i).padStart(5)}.123456] orangepi5 llama-cli[1234]: ${text}`,
  'syslog of RFC 5424': (text, i) => `<14>1 2025-07-14T${clock(i)}Z orangepi5 llama-cli 1234 - - ${text}`,
  'dmesg': (text, i) => `[${String(i).padStart(5)}.123456] ${text}`,
  'dmesg with callers': (text, i) => `<6>[${String(i).padStart(5)}.123456][  T123] ${text}`,
  'ISO stamps': (text, i) => `2025-11-02T${clock(i)}Z ${text}`,
  'ISO stamps in brackets': (text, i) => `[2025-11-02 ${clock(i)}] ${text}`,
  'a clock': (text, i) => `${clock(i)} ${text}`,
  'a clock in brackets': (text, i) => `[${clock(i)}] ${text}`,
  'ts of moreutils': (text, i) => `Nov 02 10:00:${two(i % 60)} ${text}`,
  'glog': (text, i) => `I0714 ${clock(i)}456  1234 runner.cpp:12] ${text}`,
  'ExecuTorch': (text, i) => `I 00:0${i % 10}:01.234567 executorch:runner.cpp:12] ${text}`,
  'llama.cpp --log-timestamps --log-prefix': (text, i) => `0.00.${String(i % 1000).padStart(3, '0')}.456 I ${text}`,
  'llama.cpp --log-prefix': (text) => (text === '' ? '' : `I ${text}`),
  'a level in brackets': (text) => `[INFO] ${text}`,
  'a level of TensorFlow': (text) => `INFO: ${text}`,
  'Python’s logging': (text, i) => `2025-11-02 ${clock(i).replace('.', ',')} - __main__ - INFO - ${text}`,
  'Python’s basicConfig': (text) => `INFO:root:${text}`,
  'loguru': (text, i) => `2025-11-02 ${clock(i)} | INFO     | __main__:run:12 - ${text}`,
  'spdlog': (text, i) => `[2025-11-02 ${clock(i)}] [engine] [info] ${text}`,
  'env_logger': (text) => `[2025-11-02T10:00:01Z INFO  app::engine] ${text}`,
  'tracing': (text, i) => `2025-11-02T${clock(i)}456Z  INFO app::engine: ${text}`,
  'docker compose': (text) => `server-1  | ${text}`,
  'docker compose with stamps': (text, i) => `server-1  | 2025-11-02T${clock(i)}456789Z ${text}`,
  'kubectl logs --prefix': (text) => `[pod/llama-0/server] ${text}`,
  'pm2': (text) => `0|llama  | ${text}`,
  'GitHub Actions': (text, i) => `2025-11-02T${clock(i)}4567Z ${text}`,
  'gh run view --log': (text, i) => `bench\tRun llama\t2025-11-02T${clock(i)}4567Z ${text}`,
  'GitLab': (text, i) => `2025-11-02T${clock(i)}456Z 01O ${text}`,
  'mpirun --tag-output': (text) => `[1,0]<stdout>:${text}`,
  'a quote': (text) => `> ${text}`,
  'a quote of a quote': (text) => `> > ${text}`,
  'a margin': (text) => `| ${text}`,
  'a drawn margin': (text) => `│ ${text}`,
  'a code block': (text) => `    ${text}`,
  'cat -n': (text, i) => `${String(i + 1).padStart(6)}\t${text}`,
  'grep -n': (text, i) => `${i + 1}:${text}`,
  'colours': (text) => `\u001b[32m${text}\u001b[0m`,
  'carriage returns of a bar of progress': (text, i) => (i === 0 ? `loading 10%\rloading 90%\r${text}` : text),
  'CR LF': (text) => `${text}\r`,
  'CR CR LF of adb shell': (text) => `${text}\r\r`,
}

/** Lines of a server that say nothing of a run. */
const chatter = (bytes: number): string => {
  const lines: string[] = []
  for (let length = 0, i = 0; length < bytes; i++) {
    const line = `srv  update_slots: all slots are idle, round ${i}; cache reuse is off, nothing to do`
    lines.push(line)
    length += line.length + 1
  }
  return lines.join('\n')
}
const CHATTER = chatter(300 << 10)

const files: Readonly<Record<string, (content: string) => string | Uint8Array>> = {
  'a mark of UTF-8': (content) => `\ufeff${content}`,
  'UTF-16, little endian': (content) => utf16(`\ufeff${content}`),
  'UTF-16 without a mark': (content) => utf16(content),
  'UTF-16, big endian': (content) => utf16(`\ufeff${content}`).swap16(),
  '300 KB of other lines': (content) => `${CHATTER}\n${content}`,
  '300 KB of other lines, all with stamps': (content) => wrapped(`${CHATTER}\n${content}`, wrappers['ISO stamps']!),
  'a page around it': (content) => `This is what I get:\n\n\`\`\`\n${content.replace(/\n$/, '')}\n\`\`\`\n`,
}

const utf16 = (content: string): Buffer => Buffer.from(content, 'utf16le')
const wrapped = (content: string, wrap: (text: string, i: number) => string): string =>
  `${content.replace(/\n$/, '').split('\n').map(wrap).join('\n')}\n`

/** Formats that are one document, whose lines mean nothing by themselves. */
const documents = new Set(['chakra-json', 'chrome-trace', 'kineto', 'perfetto', 'pytorch-et', 'ort-profile', 'etdump'])
/** Fixtures that are one JSON document. */
const isDocument = (content: string): boolean => /^\s*[[{]\s*["{\n]/.test(content) && !content.startsWith('{"build')

/** What a file says: its format, its ops or its rates; without where they stand and what else was counted. */
async function reading(content: string | Uint8Array): Promise<unknown> {
  const source = asUtf8(memorySource(content))
  const { format } = await findFormat(source).catch(() => findFormat(source, undefined, 'rates'))
  const tools = { ...memoryTools, clockHz: 1e9 }
  if (format.read === undefined) {
    const { rates, settings } = await readRates(source, tools)
    return { format: format.id, rates: rates.map(({ line: _, ...rate }) => rate), settings }
  }
  const { header: { skipped: _, doubts: __, ...header }, strings, ops } = await traceFrom(source, tools)
  return { format: format.id, header, strings, ops }
}

const diffOf = (error: unknown): string => String((error as { details?: string }).details ?? error).split('\n').filter((line) => /\+\+|--/.test(line)).slice(0, 4).join(' ')

/** Refused, with the reason. */
async function outcome(content: string | Uint8Array): Promise<unknown> {
  try {
    return await reading(content)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return error.message.split(':')[0]
  }
}

const folder = new URL('../testing/fixtures/', import.meta.url)
for (const id of readdirSync(folder).sort()) {
  if (documents.has(id) || !formats.some((format) => format.id === id)) continue
  for (const file of readdirSync(new URL(`${id}/`, folder)).sort()) {
    const content = readFileSync(new URL(`${id}/${file}`, folder), 'utf8')
    prefixes(`${id}/${file}: the same with each prefix, in each encoding, behind other lines`, async () => {
      const plain = await outcome(content)
      const wrong: string[] = []
      const compare = async (how: string, other: string | Uint8Array): Promise<void> => {
        try {
          assert.equal(await outcome(other), plain)
        } catch (error) {
          wrong.push(`${how}: ${diffOf(error)}`)
        }
      }
      for (const [how, make] of Object.entries(files)) if (!isDocument(content) || /UTF/.test(how)) await compare(how, make(content))
      if (!isDocument(content)) for (const [how, wrap] of Object.entries(wrappers)) await compare(how, wrapped(content, wrap))
      assert.equal(wrong, [])
    })
  }
}

prefixes.run()
