import { spawn } from 'node:child_process'
import { BadInput } from '../base/errors.js'
import { printable } from '../base/quote.js'

const MAX_COMPLAINT = 300

/** What `trace-cmd report` prints of a recording: ns, no plugins (they would be loaded from the user's folders), no
 *  environment but PATH. Throws `BadInput`: the program is not installed, or does not understand the file. */
export async function* traceCmdReport(path: string): AsyncGenerator<Uint8Array> {
  const child = spawn('trace-cmd', ['report', '-t', '-N', '-i', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C' },
  })
  let complaint = ''
  child.stderr.on('data', (data: Buffer) => {
    if (complaint.length < MAX_COMPLAINT) complaint += data.toString('utf8')
  })
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve((error as { code?: string }).code ?? error.message))
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no end'))
  })
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array
    const code = await ended
    if (code === 'ENOENT')
      throw new BadInput(
        { file: path, byteOffset: 0 },
        'the program trace-cmd, which reads its recordings',
        'no such program on the PATH',
        'install it (Debian: apt-get install trace-cmd), or import the output of `trace-cmd report -t`',
      )
    if (code !== 0) throw new BadInput({ file: path, byteOffset: 0 }, 'a recording that trace-cmd can read', `exit ${code}: ${printable(complaint.trim(), MAX_COMPLAINT)}`)
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL')
  }
}
