import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makerOf, pidSpace, temporaryPrefix } from '../base/temporary-name.js'

const spaceHere = (): string => pidSpace(() => readlinkSync('/proc/self/ns/pid'))

/** What `mkdtemp` is given for a folder of this process. */
export const temporaryPath = (kind: string, under: string = tmpdir()): string => join(under, temporaryPrefix(kind, process.pid, spaceHere()))

/** A new folder of this process, to be removed by it; what a killed one leaves is removed by `removeLeftovers`. */
export const makeTemporary = (kind: string, under?: string): string => mkdtempSync(temporaryPath(kind, under))

/** Removes the temporary folders of processes that are gone: ours by owner, by name, and in this space of process ids. What cannot
 *  be looked at or removed stays. Returns their paths. */
export function removeLeftovers(under: string = tmpdir()): string[] {
  const space = spaceHere()
  const removed: string[] = []
  for (const name of namesIn(under)) {
    const maker = makerOf(name)
    if (maker === undefined || maker.space !== space || isAlive(maker.pid)) continue
    const path = join(under, name)
    try {
      const facts = lstatSync(path)
      if (!facts.isDirectory() || (process.getuid !== undefined && facts.uid !== process.getuid())) continue
      rmSync(path, { recursive: true, force: true })
      removed.push(path)
    } catch {
      // somebody else's by now, or gone
    }
  }
  return removed
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith('worldswitch-'))
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: unknown }).code !== 'ESRCH'
  }
}
