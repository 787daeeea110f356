import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'

/** Makes a folder and what is missing above it, part by part: `mkdir` with `recursive` never returns where a file system
 *  refuses folders in an unusual way (Node 20 in /proc). Throws `UsageFault`: it cannot be made. */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = []
  for (let at = resolve(path); ; at = dirname(at)) {
    const kind = await kindOf(at)
    if (kind === 'folder') break
    if (kind === 'file') throw new UsageFault(`${printable(at)} is no folder`, 'choose another with --out')
    missing.push(at)
    if (dirname(at) === at) break
  }
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new UsageFault(`the folder ${printable(folder)} cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, 'choose another with --out')
    }
  }
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    return 'nothing'
  }
}
