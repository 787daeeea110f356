import type { Extent } from '../run/extents.js'
import type { TaskIndex } from '../run/tasks.js'
import type { Lowering, ResidencyMechanism } from './factors.js'

interface Conversation {
  /** Tokens said so far, by both sides. */
  tokens: number
  /** Of them, those whose KV is kept, and where: in pages, or in flash. */
  kvTokens: number
  extents: Extent[]
  storedBytes: number
  lastUsedNs: number
  busy: boolean
}

/** KV caches between the turns of conversations. */
export class Conversations {
  private readonly sessions = new Map<string, Conversation>()

  constructor(private readonly residency: Pick<ResidencyMechanism, 'kv' | 'spill'>) {}

  /** Begins a turn: how many tokens are in the KV cache, how many of earlier turns must be computed again, and how many
   *  bytes of KV are to be read back from flash first. */
  begin(session: string): { pastTokens: number; againTokens: number; storedBytes: number } {
    const now = this.of(session)
    now.busy = true
    const { kvTokens, storedBytes } = now
    now.storedBytes = 0
    return { pastTokens: kvTokens, againTokens: now.tokens - kvTokens, storedBytes }
  }

  /** Ends a turn; returns the pages that are not kept. */
  end(session: string, newTokens: number, extents: readonly Extent[], nowNs: number): readonly Extent[] {
    const now = this.of(session)
    now.tokens += newTokens
    now.busy = false
    now.lastUsedNs = nowNs
    if (this.residency.kv === 'drop') return extents
    now.kvTokens = now.tokens
    now.extents = [...now.extents, ...extents]
    return []
  }

  /** The conversation asked for longest ago gives up its pages: to flash, or dropped. Undefined: none can. */
  spill(l: Lowering, after: TaskIndex): { extents: readonly Extent[]; task: TaskIndex } | undefined {
    if (this.residency.kv === 'drop') return undefined
    let coldest: Conversation | undefined
    for (const now of this.sessions.values()) if (!now.busy && now.extents.length > 0 && (coldest === undefined || now.lastUsedNs < coldest.lastUsedNs)) coldest = now
    if (coldest === undefined) return undefined
    const { extents } = coldest
    coldest.extents = []
    const { residency } = this
    if (residency.spill === undefined) {
      coldest.kvTokens = 0
      return { extents, task: after }
    }
    coldest.storedBytes = extents.reduce((sum, { bytes }) => sum + bytes, 0)
    return { extents, task: l.write.join(extents.map((extent) => residency.spill!(l, extent, after))) }
  }

  private of(session: string): Conversation {
    let now = this.sessions.get(session)
    if (now === undefined) this.sessions.set(session, (now = { tokens: 0, kvTokens: 0, extents: [], storedBytes: 0, lastUsedNs: 0, busy: false }))
    return now
  }
}
