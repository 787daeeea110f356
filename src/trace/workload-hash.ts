import { canonicalJson } from '../base/canonical.js'
import { contentHash } from '../base/hash.js'
import type { Workload } from './workload.js'

/** SHA-256 of what decides a replay, 64 hex digits: name, note and source are not part of it. */
export function workloadHash({ name: _name, note: _note, source: _source, ...content }: Workload): string {
  const hash = contentHash()
  hash.addText(canonicalJson(content))
  return hash.digest()
}
