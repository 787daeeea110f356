import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** Incremental SHA-256 that runs in a browser too (@noble/hashes: audited, no dependency). */
export interface ContentHash {
  add(bytes: Uint8Array): void
  addText(text: string): void
  /** 64 hex digits; ends the hash. */
  digest(): string
}

export function contentHash(): ContentHash {
  const state = sha256.create()
  return {
    add: (bytes) => void state.update(bytes),
    addText: (text) => void state.update(utf8ToBytes(text)),
    digest: () => bytesToHex(state.digest()),
  }
}

/** For content that is used once and never stored or named: hashing it would take longer than making it. */
export const noHash = (): ContentHash => ({ add: () => undefined, addText: () => undefined, digest: () => '' })
