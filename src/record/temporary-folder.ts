import { readlinkSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pidSpace, temporaryPrefix } from '../base/temporary-name.js'

/** Gives `use` a new folder, and removes it with all it holds: when it returns, when it throws, and when the process
 *  ends while it runs, by `process.exit` (the command's answer to Ctrl-C) or by SIGTERM or SIGHUP. Its name says whose it is, so that the next start
 *  removes what a killed process left. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>, under: string = tmpdir()): Promise<T> {
  const folder = await mkdtemp(join(under, temporaryPrefix('work', process.pid, pidSpace(() => readlinkSync('/proc/self/ns/pid')))))
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
