import type { RecordedCalls } from '../trace/trace.js'

interface OpenCall {
  readonly name: string
  readonly hasHead: boolean
  roundTrips: number
  ns: number
  /** Its last round trip was followed by an RPC: the next one goes on with it. */
  goesOn: boolean
  /** Its last round trip has ended it; what is told behind that may still have been in it, until then. */
  isDone: boolean
  untilNs: number
}

type CallPart = 'first-entry' | 'resumed' | 'head-not-recorded' | 'fast-smc'

/** Round trips put together to calls, lane by lane. To which call one belongs is what its recording says of it (rule `call`); where it says
 *  nothing, a round trip behind an RPC of its lane goes on with the call ahead of that. */
export class CallChains {
  /** Whole calls by name: their times from the first entry to the last return, less handlers. */
  readonly calls = new Map<string, { ns: number[]; roundTrips: number; most: number }>()
  /** By how many round trips whole calls took. */
  readonly perCall = new Map<number, number>()
  private readonly open = new Map<number, OpenCall>()
  private readonly counts = { started: 0, whole: 0, headless: 0, unfinished: 0, refused: 0 }

  /** What ops alone tell of how many calls there are. */
  get count(): RecordedCalls {
    return { ...this.counts }
  }

  /** Back in the normal world in the middle of a call. */
  between(lane: number, ns: number): void {
    const call = this.open.get(lane)
    if (call === undefined || call.isDone) return
    call.goesOn = true
    call.ns += ns
  }

  /** A round trip, in order of start; what it is of its call. */
  roundTrip(lane: number, name: string, type: string, startNs: number, ns: number, rule: string | undefined): CallPart {
    const before = this.open.get(lane)
    if (rule === 'fast-smc') {
      if (before !== undefined && (!before.isDone || startNs < before.untilNs)) {
        before.ns += ns
        before.untilNs += ns
      }
      return rule
    }
    const part = rule === 'first-entry' || rule === 'resumed' || rule === 'head-not-recorded' ? rule : before?.goesOn === true && !before.isDone ? 'resumed' : name === 'return-from-rpc' ? 'head-not-recorded' : 'first-entry'
    const isSame = before?.isDone === false && (part === 'resumed' || (part === 'head-not-recorded' && before.goesOn && !before.hasHead))
    if (before !== undefined && !isSame) this.close(before)
    const call = isSame ? before : { name, hasHead: part === 'first-entry', roundTrips: 0, ns: 0, goesOn: false, isDone: false, untilNs: 0 }
    if (!isSame) {
      this.open.set(lane, call)
      this.counts[call.hasHead ? 'started' : 'headless']++
    }
    call.goesOn = false
    call.roundTrips++
    call.ns += ns
    call.untilNs = startNs + ns
    if (type === 'thread-limit') this.counts.refused++
    else if (!type.startsWith('rpc-') && type !== 'foreign-interrupt' && type !== 'wait-queue') call.isDone = true
    return part
  }

  finish(): void {
    for (const call of this.open.values()) this.close(call)
    this.open.clear()
  }

  private close({ name, hasHead, roundTrips, ns, isDone }: OpenCall): void {
    if (!isDone) this.counts.unfinished++
    if (!isDone || !hasHead) return
    this.counts.whole++
    const of = this.calls.get(name) ?? { ns: [], roundTrips: 0, most: 0 }
    of.ns.push(ns)
    of.roundTrips += roundTrips
    of.most = Math.max(of.most, roundTrips)
    this.calls.set(name, of)
    this.perCall.set(roundTrips, (this.perCall.get(roundTrips) ?? 0) + 1)
  }
}
