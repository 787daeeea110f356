/** So many processes with devices of their own are told apart. */
const MAX_PROCESSES = 4096
const DEVICES = 1 << 20
const CORRELATIONS = 2 ** 32

/** The processes of a recording: each counts its correlations for itself, and may call another GPU by the same number. */
export class NsysProcesses {
  /** Of the first work; -1: none. */
  firstDevice = -1
  private readonly index = new Map<number, number>()
  private readonly owner = new Map<number, number>()
  private latest = NaN
  private latestIndex = 0

  /** The number of the process in a `globalPid` or `globalTid`, which hold it in the same bits; 0: not told. */
  of(globalId: number): number {
    if (globalId < 0) return 0
    const process = Math.floor(globalId / 2 ** 24) % 2 ** 24
    if (process === this.latest) return this.latestIndex
    let index = this.index.get(process)
    if (index === undefined) {
      index = Math.min(this.index.size, MAX_PROCESSES - 1)
      this.index.set(process, index)
    }
    this.latest = process
    return (this.latestIndex = index)
  }

  /** A number for a device that several processes may call by the same one. */
  device(id: number, process: number): number {
    if (this.firstDevice < 0) this.firstDevice = id
    const owner = this.owner.get(id)
    if (owner === undefined && this.owner.size < DEVICES) this.owner.set(id, process)
    return (owner ?? process) === process ? id : id + DEVICES * (process + 1)
  }

  /** `0/7`; where another process had the number first: `0/7 (process 2)`. */
  streamName(device: number, stream: number): string {
    const process = Math.floor(device / DEVICES)
    return process < 1 ? `${device}/${stream}` : `${device % DEVICES}/${stream} (process ${process})`
  }
}

/** A correlation that is another one in another process. */
export const correlationOf = (correlation: number, process: number): number =>
  correlation < 0 || correlation >= CORRELATIONS ? correlation : correlation + CORRELATIONS * process
