import type { MakeSpool, Spool } from '../trace/spool.js'
import type { ImportTools } from './format.js'

/** Gives `use` spools that are closed behind it, however it ends. */
export async function usingSpools<T>(tools: ImportTools, use: (spool: MakeSpool) => T | Promise<T>): Promise<T> {
  const open: Spool[] = []
  try {
    return await use((width, keys) => {
      const made = tools.spool(width, keys)
      open.push(made)
      return made
    })
  } finally {
    for (const made of open) made.close()
  }
}
