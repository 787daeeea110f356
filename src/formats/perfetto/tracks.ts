import type { Packet } from './messages.js'

const MOST = 100_000
const MOST_UP = 32

interface Track {
  name: string | undefined
  parent: number | undefined
  /** The process that it is of, by its number. */
  pid: number | undefined
  processName: string | undefined
}

/** Tracks as their descriptors tell them; each is the word `track <uuid>`. */
export class Tracks {
  private readonly tracks = new Map<string, Track>()
  private readonly processes = new Map<number, string>()

  describe({ uuid, name, staticName, process, thread, parentUuid }: NonNullable<Packet['trackDescriptor']>): void {
    if (uuid === undefined || this.tracks.size >= MOST) return
    const key = `track ${uuid}`
    const before = this.tracks.get(key)
    const said = (name ?? staticName ?? thread?.threadName ?? process?.processName)?.slice(0, 200)
    const pid = process?.pid ?? thread?.pid ?? before?.pid
    const processName = process?.processName ?? (process === undefined ? undefined : said) ?? before?.processName
    if (pid !== undefined && processName !== undefined) this.processes.set(pid, processName.slice(0, 200))
    this.tracks.set(key, { name: said ?? before?.name, parent: parentUuid ?? before?.parent, pid, processName: processName?.slice(0, 200) })
  }

  name(track: string): string | undefined {
    return this.tracks.get(track)?.name
  }

  /** The name of the process that a track is of; undefined: it is that itself, or none is known. */
  processName(track: string): string | undefined {
    const found = this.process(track)
    const name = found === undefined ? undefined : (found.track.processName ?? (found.track.pid === undefined ? undefined : this.processes.get(found.track.pid)))
    return name === this.name(track) ? undefined : name
  }

  /** The same for tracks of one process. */
  processKey(track: string): string {
    const found = this.process(track)
    return found === undefined ? '' : found.track.pid === undefined ? found.key : `pid ${found.track.pid}`
  }

  /** The nearest track up from this one that tells a process. */
  private process(from: string): { key: string; track: Track } | undefined {
    let key = from
    for (let up = 0; up < MOST_UP; up++) {
      const track = this.tracks.get(key)
      if (track === undefined) return undefined
      if (track.pid !== undefined || track.processName !== undefined) return { key, track }
      if (track.parent === undefined) return undefined
      key = `track ${track.parent}`
    }
    return undefined
  }
}
