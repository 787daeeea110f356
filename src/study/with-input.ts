import { createReadStream, createWriteStream } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BadInput, UsageFault } from '../base/errors.js'
import { inTemporaryFolder } from '../record/temporary-folder.js'

/** A file to read, and what it is called in messages. */
export interface InputFile {
  readonly path: string
  readonly name: string
}

/** The argument that means standard input. */
export const STDIN = '-'
const NAME = 'stdin'
/** What an argument is called in messages. */
export const calledInput = (argument: string): string => (argument === STDIN ? NAME : argument)

/** What is left free on the disk that a stream is kept on. */
const FREE_BYTES = 256 * 2 ** 20
const LOOK_EVERY = 64 * 2 ** 20

/** Gives `use` the file that an argument means. Importers read a file more than once and anywhere, so that standard input (`-`) and a named
 *  pipe are first kept in a temporary folder, which is gone when `use` has ended or the process is stopped; standard input is called
 *  `stdin`. Throws `BadInput`: nothing came, no room for it; `UsageFault`: standard input was read before. */
export async function withInput<T>(argument: string, use: (file: InputFile) => Promise<T>, stdin: Readable & { readonly isTTY?: boolean } = process.stdin): Promise<T> {
  const isStdin = argument === STDIN
  if (!isStdin && !(await isPipe(argument))) return use({ path: argument, name: argument })
  if (isStdin && (stdin.readableEnded || stdin.destroyed)) throw new UsageFault('standard input can be read once', 'give `-` once')
  const name = isStdin ? NAME : /^\/(?:dev|proc)\//.test(argument) ? 'pipe' : argument // `<(…)` of a shell has a number alone
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, NAME)
    if (isStdin && stdin.isTTY === true) process.stderr.write('reading standard input, a terminal: paste a file and end it with Ctrl-D, or stop with Ctrl-C\n')
    await keep(isStdin ? stdin : createReadStream(argument), path, folder, name)
    return use({ path, name })
  })
}

async function keep(from: Readable, path: string, folder: string, name: string): Promise<void> {
  let bytes = 0
  let lookAt = LOOK_EVERY
  const counted = new Transform({
    transform(chunk: Uint8Array, _, done) {
      bytes += chunk.length
      if (bytes < lookAt) return done(null, chunk)
      lookAt = bytes + LOOK_EVERY
      statfs(folder).then(({ bavail, bsize }) => (bavail * bsize < FREE_BYTES ? done(noRoom(name, folder, bytes)) : done(null, chunk)), done)
    },
  })
  try {
    await pipeline(from, counted, createWriteStream(path, { mode: 0o600 }))
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ENOSPC' ? noRoom(name, folder, bytes) : error
  }
  if (bytes === 0) throw new BadInput({ file: name }, 'a trace', 'an empty input', 'such as: adb logcat -d | worldswitch import -')
}

const noRoom = (name: string, folder: string, bytes: number): BadInput => new BadInput({ file: name }, `room for what comes in, in ${folder}`, `a full disk after ${bytes} bytes`, 'set TMPDIR to a folder on a larger one')

async function isPipe(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFIFO()
  } catch {
    return false // whoever opens it says why it cannot be read
  }
}
