import { formatBytes, formatShare } from '../base/units.js'
import { quoteFound } from '../base/quote.js'
import type { ColumnsOf } from './columns.js'
import type { OpColumns, TraceModel, TraceRequest } from './trace.js'
import { MAX_OTHER_SHARE, MAX_PROMPT_TOKENS, WEIGHT_TOLERANCE, isSwitch, wholeNs, type Finding, type Watcher, type Whole } from './plausibility-law.js'
import { kindIndex, opKinds, phaseIndex } from './words.js'

/** Requests whose rows are looked at; of a recording with more the first ones speak for all. */
const MAX_REQUESTS = 4096
const MAX_TENSORS = 1 << 24
/** By request: the time of matmuls by the power of two that their rows reach, in the prefill, then in decode steps. */
const POWERS = 32
const WIDTH = 2 * POWERS
/** A prefill's matmuls may have more rows than it has tokens: padded ones, and each token once for each of its experts. */
const PREFILL_POWERS = 3

/** What ops say of requests, steps, layers and weights, against what the header says of them. */
export class RequestWatcher implements Watcher {
  private readonly kindNs = new Float64Array(opKinds.length)
  private others = 0
  private rows = new Float64Array(WIDTH * 4)
  private deepest = new Int32Array(4).fill(-1)
  private isNamed = new Uint8Array(256)
  private readonly misplaced = { ops: 0, ns: 0 }

  see(op: ColumnsOf<OpColumns>, length: number): void {
    const { kind, phase, step, layer, tensor, request, m, durationNs } = op
    const { kindNs } = this
    for (let i = 0; i < length; i++) {
      const what = kind[i]!
      if (isSwitch[what] === 1) continue
      const ns = durationNs[i]!
      kindNs[what]! += ns
      if (what === 0) this.others++
      const r = request[i]! < MAX_REQUESTS ? request[i]! : MAX_REQUESTS - 1
      if (r >= this.deepest.length) this.reach(r)
      if (layer[i]! > this.deepest[r]!) this.deepest[r] = layer[i]!
      const named = tensor[i]!
      if (named >= 0 && named < MAX_TENSORS) {
        if (named >= this.isNamed.length) this.reachTensor(named)
        this.isNamed[named] = 1
      }
      const when = phase[i]!
      if (when < phaseIndex.prefill) continue
      if ((when === phaseIndex.decode) === (step[i]! === 0)) {
        this.misplaced.ops++
        this.misplaced.ns += ns
      }
      if (what === kindIndex.matmul && m[i]! > 0) this.rows[r * WIDTH + (when === phaseIndex.decode ? POWERS : 0) + 31 - Math.clz32(m[i]!)]! += ns
    }
  }

  found(whole: Whole): Finding[] {
    const { facts } = whole
    return [...this.other(whole), ...facts.models.flatMap((model, m) => [...this.weights(model, m, whole), ...this.layers(model, m, whole)]), ...this.batches(facts.requests), ...this.phases()]
  }

  /** Time of all ops but recorded world switches. */
  sumNs(): number {
    return this.kindNs.reduce((sum, ns) => sum + ns, 0)
  }

  private other({ facts: { models }, totalNs }: Whole): Finding[] {
    const ns = this.kindNs[kindIndex.other]!
    if (models.length === 0 || ns < totalNs * MAX_OTHER_SHARE || ns === 0) return []
    const words = `${formatShare(ns / totalNs)} of the time lies in ops of which nothing is understood but their time: it is carried over to no other machine`
    return [{ law: 'other-share', ops: this.others, ns: wholeNs(ns), words }]
  }

  private weights({ id, weightBytes }: TraceModel, model: number, { facts: { tensors } }: Whole): Finding[] {
    let named = 0
    for (let t = 0; t < tensors.length && t < this.isNamed.length; t++) if (this.isNamed[t] === 1 && tensors[t]!.role === 'weight' && tensors[t]!.model === model) named += tensors[t]!.bytes
    if (Math.abs(named - weightBytes) <= weightBytes * WEIGHT_TOLERANCE) return []
    const has = `${quoteFound(id)} has ${formatBytes(weightBytes)} of weights`
    const words = named === 0 ? `${has}, and no op names any of them` : `${has}, and those that ops name are ${formatBytes(named)}`
    return [{ law: 'weights', ops: 0, ns: 0, words: `${words}: a replay assigns them in the order of the ops, or takes them as resident, and says which` }]
  }

  private layers({ id, layers }: TraceModel, model: number, { facts: { requests } }: Whole): Finding[] {
    let deepest = -1
    for (const [r, request] of requests.entries()) if (request.model === model && r < this.deepest.length) deepest = Math.max(deepest, this.deepest[r]!)
    if (deepest < 0 || deepest + 1 === layers) return []
    return [{ law: 'layers', ops: 0, ns: 0, words: `${quoteFound(id)} has ${layers} layers, the ops are of ${deepest + 1}: a part of it was recorded, or it is another model (--model)` }]
  }

  private batches(requests: readonly TraceRequest[]): Finding[] {
    const found: string[] = []
    for (const [r, { id, promptTokens, batch = 1 }] of requests.entries()) {
      if (found.length > 0 || r >= MAX_REQUESTS) break
      if (promptTokens > MAX_PROMPT_TOKENS) found.push(`${quoteFound(id)} says a prompt of ${promptTokens} tokens, longer than any model's context: it may be the sum of a batch`)
      else {
        const prefill = this.power(r, 0)
        const decode = this.power(r, POWERS)
        if (promptTokens > 0 && prefill > power(promptTokens * batch) + PREFILL_POWERS) found.push(`${quoteFound(id)} says ${promptTokens * batch} tokens of prompt, and its prefill computes ${2 ** prefill} rows and more`)
        else if (decode > power(batch)) found.push(`${quoteFound(id)} says ${batch === 1 ? 'one sequence' : `${batch} sequences`}, and its decode steps compute ${2 ** decode} rows and more`)
      }
    }
    return found.map((words) => ({ law: 'batch', ops: 0, ns: 0, words }))
  }

  private phases(): Finding[] {
    const { ops, ns } = this.misplaced
    if (ops === 0) return []
    return [{ law: 'step-phase', ops, ns: wholeNs(ns), words: 'ops of a prefill in a later step, or of decoding in step 0: the steps of this recording are not those of one prompt and its tokens' }]
  }

  /** The power of two of the rows that most of the time of a request's matmuls is spent on; -1: none. */
  private power(request: number, from: number): number {
    const at = request * WIDTH + from
    let sum = 0
    let most = -1
    if (at >= this.rows.length) return most
    for (let p = 0; p < POWERS; p++) {
      sum += this.rows[at + p]!
      if (this.rows[at + p]! > (most < 0 ? 0 : this.rows[at + most]!)) most = p
    }
    return most >= 0 && this.rows[at + most]! * 2 > sum ? most : -1
  }

  private reach(request: number): void {
    const room = Math.max(request + 1, this.deepest.length * 2)
    const deepest = new Int32Array(room).fill(-1)
    deepest.set(this.deepest)
    this.deepest = deepest
    const rows = new Float64Array(room * WIDTH)
    rows.set(this.rows)
    this.rows = rows
  }

  private reachTensor(tensor: number): void {
    const wider = new Uint8Array(Math.max(tensor + 1, this.isNamed.length * 2))
    wider.set(this.isNamed)
    this.isNamed = wider
  }
}

const power = (count: number): number => (count >= 2 ** 31 ? 31 : 31 - Math.clz32(count))
