import { canonicalJson } from '../../base/canonical.js'
import { contentHash } from '../../base/hash.js'
import type { Store } from '../../store/store.js'

/** Keeps what a study is made of under its name; the same study, made again, is the same one. Returns its name. */
export async function keepStudy(store: Store, study: { readonly name: string; readonly kind: string; readonly spec: object; readonly keys: readonly string[] }): Promise<string> {
  const hash = contentHash()
  hash.addText(canonicalJson([study.kind, study.spec, study.keys]))
  return (await store.studies.put({ ...study, hash: hash.digest() })).name
}
