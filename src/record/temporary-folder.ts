import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives `use` a new folder, and removes it with all it holds: when it returns, when it throws, and when the process
 *  ends while it runs, by `process.exit` (the command's answer to Ctrl-C) or by SIGTERM or SIGHUP. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>, under: string = tmpdir()): Promise<T> {
  const folder = await mkdtemp(join(under, 'worldswitch-record-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const leave = (): never => process.exit(143)
  process.once('exit', remove).once('SIGTERM', leave).once('SIGHUP', leave)
  try {
    return await use(folder)
  } finally {
    process.off('exit', remove).off('SIGTERM', leave).off('SIGHUP', leave)
    remove()
  }
}
