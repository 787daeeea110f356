import type { Spool } from '../trace/spool.js'
import { GPU_WIDTH, GRAPH_LAUNCH, LAUNCH, LAUNCH_WIDTH, NO_LAUNCH, gpuRow, launchRow, launchedRow } from './kineto-rows.js'
import type { Recordings } from './recordings.js'

/** Of more calls with one correlation the later ones are not looked at. */
const MAX_ALIKE = 256
const MAX_DEVICES = 1000

/** Device work × launches by correlation, a merge of two sorted spools. Of launches with one correlation (a profiler that ran twice
 *  counts from the beginning again) the latest before the work counts, else the first; one launch may own any number of kernels (a
 *  graph). Tells `recordings` of correlations that come again. */
export function joinLaunches(gpu: Spool, launches: Spool, launched: Spool, recordings: Recordings): LaunchFacts {
  const work = gpu.sorted()
  const calls = launches.sorted()
  const { row } = launched
  const alike = new AlikeCalls()
  const facts = new LaunchFacts()
  let hasCall = calls.next()
  while (work.next()) {
    const { data, at } = work
    const correlation = data[at + gpuRow.correlation]!
    if (correlation >= 0 && alike.correlation !== correlation) {
      while (hasCall && calls.data[calls.at + launchRow.correlation]! < correlation) hasCall = calls.next()
      if (alike.served > 1) recordings.again(alike.servedAt())
      alike.begin(correlation)
      for (; hasCall && calls.data[calls.at + launchRow.correlation] === correlation; hasCall = calls.next()) alike.add(calls.data, calls.at)
    }
    const startNs = data[at + gpuRow.startNs]!
    const call = correlation < 0 ? -1 : alike.latestAt(startNs)
    const isFound = call >= 0
    for (let i = 0; i < GPU_WIDTH; i++) row[launchedRow.gpu + i] = data[at + i]!
    row[launchedRow.thread] = isFound ? alike.data[call + launchRow.thread]! : -1
    row[launchedRow.launchNs] = isFound ? alike.data[call + launchRow.atNs]! : startNs
    row[launchedRow.how] = !isFound ? NO_LAUNCH : alike.data[call + launchRow.isGraph] === 1 ? GRAPH_LAUNCH : LAUNCH
    if (isFound && row[launchedRow.gpu + gpuRow.external]! < 0) row[launchedRow.gpu + gpuRow.external] = alike.data[call + launchRow.external]!
    facts.works(data[at + gpuRow.device]!)
    if (isFound) facts.launchedAt(startNs)
    launched.add()
  }
  if (alike.served > 1) recordings.again(alike.servedAt())
  return facts
}

/** The launches of one correlation, in order of time. */
class AlikeCalls {
  correlation = -1
  length = 0
  /** How many of them launched something. */
  served = 0
  private readonly isServed = new Uint8Array(MAX_ALIKE)
  readonly data = new Float64Array(LAUNCH_WIDTH * MAX_ALIKE)

  begin(correlation: number): void {
    this.correlation = correlation
    this.isServed.fill(0, 0, this.length)
    this.length = this.served = 0
  }

  add(from: Float64Array, at: number): void {
    if (this.length === MAX_ALIKE) return
    const { data } = this
    let to = this.length++ * LAUNCH_WIDTH
    for (; to > 0 && data[to - LAUNCH_WIDTH + launchRow.atNs]! > from[at + launchRow.atNs]!; to -= LAUNCH_WIDTH) data.copyWithin(to, to - LAUNCH_WIDTH, to)
    for (let i = 0; i < LAUNCH_WIDTH; i++) data[to + i] = from[at + i]!
  }

  /** Where in `data` the latest one at `ns` or before it lies, else the first; -1: there is none. */
  latestAt(ns: number): number {
    if (this.length === 0) return -1
    let low = 0
    let high = this.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.data[middle * LAUNCH_WIDTH + launchRow.atNs]! <= ns) low = middle
      else high = middle - 1
    }
    this.served += 1 - this.isServed[low]!
    this.isServed[low] = 1
    return low * LAUNCH_WIDTH
  }

  /** When those that launched something were called. */
  servedAt(): number[] {
    return Array.from({ length: this.length }, (_, i) => i)
      .filter((i) => this.isServed[i] === 1)
      .map((i) => this.data[i * LAUNCH_WIDTH + launchRow.atNs]!)
  }
}

/** What the launches tell of device work. Where the file has launches, work without one that began ahead of the first launched work was
 *  launched before the recording: it is the tail of something else. */
export class LaunchFacts {
  /** Whether the recording tells of steps that such a tail could be taken for a part of. */
  hasSteps = true
  /** What was left out as such a tail. */
  tails = 0
  /** The devices that worked. */
  readonly devices = new Set<number>()
  private latestDevice = NaN
  private latestFirstNs = Infinity
  private readonly firstNs = new Map<number, number>()
  private earliestNs = Infinity

  works(device: number): void {
    if (device === this.latestDevice) return
    this.latestDevice = device
    this.latestFirstNs = this.firstNs.get(device) ?? Infinity
    if (this.devices.size < MAX_DEVICES) this.devices.add(device)
  }

  /** Called behind `works`: work with a launch began on that device. */
  launchedAt(startNs: number): void {
    if (startNs >= this.latestFirstNs) return
    this.latestFirstNs = startNs
    if (startNs < this.earliestNs) this.earliestNs = startNs
    if (this.firstNs.size < MAX_DEVICES) this.firstNs.set(this.latestDevice, startNs)
  }

  /** Whether work without a launch belongs to what was going on before. */
  isTail(device: number, startNs: number): boolean {
    if (!this.hasSteps || this.earliestNs === Infinity || startNs >= (this.firstNs.get(device) ?? this.earliestNs)) return false
    this.tails++
    return true
  }
}
