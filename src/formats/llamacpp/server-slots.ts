import type { DraftRate } from '../rate-list.js'

const MAX_SLOTS = 1024
const SLOT = /\bid\s{1,4}(\d{1,6}) \| task\s{1,4}(-?\d{1,12}) \|/

/** A request that a slot of llama-server works on. */
export class SlotRequest {
  prefill: DraftRate | undefined
  decode: DraftRate | undefined
  /** Tokens of the prompt that were in the cache; -1: the log does not say. */
  cached = -1
  /** Another slot worked at the same time: a pass had tokens of both. */
  isShared = false

  constructor(readonly task: string) {}

  /** Puts the depth of the cache into what is known of the request. */
  tellPast(past: number, inferred?: string): void {
    const rule: Readonly<Record<string, string>> = inferred === undefined ? {} : { past: inferred }
    const prompt = this.prefill?.subject.tokens ?? 0
    if (this.prefill !== undefined) this.change(this.prefill, past, rule)
    if (this.decode !== undefined) this.change(this.decode, past + prompt, rule)
  }

  private change(draft: DraftRate, past: number, rule: Readonly<Record<string, string>>): void {
    draft.subject = { ...draft.subject, past }
    draft.inferred = { ...draft.inferred, ...rule }
  }
}

/** Follows the slots of llama-server: which request a timing is of, what of its prompt was cached, who worked beside it. */
export class ServerSlots {
  /** The request that lines without a slot's number belong to. */
  last: SlotRequest | undefined
  private readonly requests = new Map<string, SlotRequest>()
  private readonly active = new Set<string>()

  line(text: string): void {
    const found = text.includes('| task') ? SLOT.exec(text) : null
    if (found === null) return
    const [, slot, task] = found
    if (/launch_slot_\w{0,20}: id .{0,80}processing task/.test(text)) this.launch(slot!, task!)
    else if (/print_timing/.test(text)) this.last = this.request(slot!, task!)
    else if (/\brelease:/.test(text)) this.release(slot!, task!, text)
    else {
      const cached = /(?:memory_seq_rm|kv cache rm) \[(\d{1,9}), end\)/.exec(text)
      if (cached === null) return
      const request = this.request(slot!, task!)
      // Later batches of one prompt clear the cache behind those before them.
      if (request.cached < 0) request.cached = Number(cached[1])
    }
  }

  private launch(slot: string, task: string): void {
    this.requests.delete(slot)
    const request = this.request(slot, task)
    this.active.add(slot)
    if (this.active.size < 2) return
    request.isShared = true
    for (const other of this.active) {
      const beside = this.requests.get(other)
      if (beside !== undefined) beside.isShared = true
    }
  }

  /** `n_tokens` is what stands in the cache at the end: cached ones, the prompt, and the answer but for its last token. */
  private release(slot: string, task: string, text: string): void {
    this.active.delete(slot)
    const request = this.requests.get(slot)
    this.requests.delete(slot)
    if (request === this.last) this.last = undefined
    const end = /(?:n_tokens|n_past) = (\d{1,9}), truncated = 0/.exec(text)
    if (request === undefined || request.task !== task || request.cached >= 0 || end === null) return
    const { prefill, decode } = request
    if (prefill === undefined || decode === undefined) return
    const past = Number(end[1]) - prefill.subject.tokens - decode.subject.tokens + 1
    if (past >= 0) request.tellPast(past === 1 ? 0 : past, 'tokens-at-the-end')
  }

  private request(slot: string, task: string): SlotRequest {
    const known = this.requests.get(slot)
    if (known?.task === task) return known
    if (this.requests.size >= MAX_SLOTS) this.requests.clear()
    const request = new SlotRequest(task)
    this.requests.set(slot, request)
    return request
  }
}
