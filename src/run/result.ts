import type { Audit } from './audit.js'
import type { Cause } from './causes.js'
import type { Distribution, Ledgers } from './ledgers.js'
import type { ResourceName } from './resources.js'
import type { Shares } from './shares.js'

export const RUN_SCHEMA = 'worldswitch-run/1'
export type NsByCause = Partial<Record<Cause, number>>

/** What was counted inside a window; whole numbers. */
export interface Counts {
  readonly worldSwitches: number
  readonly npuModeSwitches: number
  readonly npuLaunches: number
  readonly pagesProtected: number
  readonly pagesUnprotected: number
  readonly tlbInvalidations: number
  readonly regionPrograms: number
  readonly flashBytes: number
  readonly decryptedBytes: number
  readonly allocatedBytes: number
}

/** A stretch of time whose every nanosecond is accounted for: exposed causes sum to `lengthNs`, and
 *  busy = exposed + hidden for each cause. */
export interface WindowResult {
  readonly request: string
  readonly name: 'ttft' | 'step' | 'request'
  /** 0 for `ttft`, k for the k-th decode step, -1 for the whole request. */
  readonly step: number
  readonly startNs: number
  readonly lengthNs: number
  readonly exposedNs: NsByCause
  readonly hiddenNs: NsByCause
  readonly busyNs: NsByCause
  /** What the window would lose if the cause cost nothing; only when asked for (it needs a replay a cause). */
  readonly savingNs?: NsByCause
  readonly blockedBy: readonly { readonly request: string; readonly cause: Cause; readonly ns: number }[]
  readonly counts: Counts
}

export interface RequestResult {
  readonly id: string
  readonly model: string
  readonly ttftNs: number
  /** Mean over the decode steps; null without any. */
  readonly tpotNs: number | null
  readonly e2eNs: number
  readonly tokens: number
}

/** 2.5, 50 and 97.5 % quantiles over seeded draws of the device's parameters. */
export interface Interval {
  readonly lowNs: number
  readonly medianNs: number
  readonly highNs: number
}
export interface LatencyInterval {
  /** Mean over the requests. */
  readonly ttftNs: Interval
  readonly tpotNs: Interval | null
}

export interface Intervals extends LatencyInterval {
  readonly samples: number
  /** The same with parameters of unknown spread × or ÷ 1.5 as well. */
  readonly stress: LatencyInterval
  readonly notes: readonly string[]
}

/** `mean` is null where more requests come than can be served: it would grow with the length of the workload. */
export interface ServiceTime extends Distribution {
  readonly mean: number | null
}

/** Several requests, served. */
export interface Service {
  readonly requests: number
  readonly spanNs: number
  readonly ttftNs: ServiceTime
  readonly tpotNs: ServiceTime | null
  readonly e2eNs: ServiceTime
  readonly workflows: readonly { readonly id: string; readonly e2eNs: number }[]
  /** Busy time over servers × span. */
  readonly utilisation: Readonly<Record<ResourceName, number>>
  /** Requests that had arrived and had no token yet when the last one arrived. */
  readonly waitingAtLastArrival: number
  readonly saturated: boolean
}

export interface Cell {
  readonly trace: string
  readonly traceName: string
  readonly policy: string
  readonly device: string
  readonly pressureBytes: number
  readonly seed: number
  readonly set: Readonly<Record<string, number | string>>
  readonly initial: Readonly<Record<string, number>>
  readonly engine: number
}

/** One cell, replayed; what `replay --json` prints. */
export interface RunResult {
  readonly schema: typeof RUN_SCHEMA
  readonly cell: Cell
  readonly requests: readonly RequestResult[]
  readonly windows: readonly WindowResult[]
  /** Task time before the arrival or after the last token (release, scrub), by cause. */
  readonly outsideNs: NsByCause
  /** Share of compute time that was predicted, not recorded on this device and processor. */
  readonly predictedShare: number
  /** How compute time came about, of the recording and of the result. */
  readonly shares: Shares
  readonly intervals: Intervals | null
  /** How several requests were served; null for a single one. */
  readonly serving: Service | null
  readonly ledgers: Ledgers
  readonly audit: Audit
  readonly warnings: readonly string[]
}
