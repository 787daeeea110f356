import { MONITOR_PAGES } from '../../replay/lowerer.js'
import type { Extent } from '../../run/extents.js'
import { LivePages } from './live-pages.js'
import { outside, plaintext, unreachable, type Checked, type Found, type Scene } from './scene.js'

/** No other master's table reaches a page that holds plaintext, and nothing it has under way does. */
export function otherMaster(scene: Scene): Checked {
  const { at } = scene.tally.lives
  const { masters, plan, tally } = scene
  const found: Found[] = []
  let byTables = false
  for (const extent of plan.extents) {
    const secret = plaintext(scene, extent)
    if (secret === undefined) continue
    const { id } = extent
    // A region as programmed stops every master; page by page each one's own tables must.
    if (at.unmapped[id]! < 0) {
      for (const part of outside(secret, unreachable(scene, extent))) found.push({ extent, ...part, what: 'outside every secure region: any master reaches it' })
      continue
    }
    byTables = true
    const drained = at.mastersUnmapped[id]! >= 0 && at.mastersDrained[id]! >= at.mastersUnmapped[id]! ? at.mastersDrained[id]! : Infinity
    const safe = { fromNs: drained, toNs: at.remapped[id]! >= 0 ? at.remapped[id]! : Infinity }
    for (const part of outside(secret, safe)) found.push({ extent, ...part, what: drained === Infinity ? 'a master’s mapping is left' : 'a master’s mapping or transaction is left' })
  }
  const free = masters?.filter(({ protectedBy }) => protectedBy === 'none') ?? []
  if (byTables) for (const { id } of free) found.push({ fromNs: 0, toNs: tally.endNs, what: `${id} has neither IOMMU nor firewall: it reaches every page` })
  const behind = masters?.filter(({ protectedBy }) => protectedBy === 'firewall').map(({ id }) => id) ?? []
  return {
    property: 'both',
    invariant: 'no master’s table reaches the page; IOTLB synced and transactions drained before the first plaintext',
    found,
    ofBytes: true,
    ...(byTables && masters === undefined ? { argued: 'the device’s masters are not listed' } : {}),
    ...(byTables && masters !== undefined && behind.length > 0 ? { argued: `tables confine ${masters.length - behind.length - free.length} masters; ${behind.join(' and ')} only a firewall, which pages anywhere are not behind: that they are kept away is argued` } : {}),
  }
}

/** The manager that hands out pages is not trusted: each has one owner, and none is the monitor's. */
export function maliciousManager({ plan, tally }: Scene): Checked {
  const { at } = tally.lives
  const until = ({ id }: Extent): number => (at.freed[id]! >= 0 ? at.freed[id]! : Infinity)
  const found: Found[] = []
  const allocated = plan.extents.filter(({ id }) => at.allocated[id]! >= 0)
  for (const extent of allocated) if (extent.firstPage < MONITOR_PAGES) found.push({ extent, fromNs: at.allocated[extent.id]!, toNs: Math.min(until(extent), tally.endNs), what: 'a page of the monitor' })
  // In order of time: what is allocated is held against what is live then. A page that is used again and again meets nobody.
  const live = new LivePages()
  const ending = [...allocated].sort((a, b) => until(a) - until(b))
  let gone = 0
  for (const extent of [...allocated].sort((a, b) => at.allocated[a.id]! - at.allocated[b.id]! || a.id - b.id)) {
    const fromNs = at.allocated[extent.id]!
    for (; gone < ending.length && until(ending[gone]!) <= fromNs; gone++) live.remove(ending[gone]!)
    if (until(extent) <= fromNs) continue
    for (const other of live.meeting(extent)) {
      const later = extent.firstPage - other.firstPage || extent.id - other.id
      found.push({ extent: later > 0 ? extent : other, fromNs, toNs: Math.min(until(extent), until(other), tally.endNs), what: 'the same page has two owners' })
    }
    live.add(extent)
  }
  return { property: 'both', invariant: 'one owner a physical page, never a page of the monitor or its tables', found }
}

/** A region's top as programmed covers what lies in it, before anything secret does. */
export function regionRounding(scene: Scene): Checked {
  const { at, topPages } = scene.tally.lives
  const found: Found[] = []
  let regions = false
  for (const extent of scene.plan.extents) {
    const { id, firstPage, pages } = extent
    if (at.firewalled[id]! < 0 || at.unmapped[id]! >= 0) continue
    regions = true
    const secret = plaintext(scene, extent)
    if (secret === undefined) continue
    if (topPages[id]! < firstPage + pages) found.push({ extent, ...secret, what: `the region ends ${firstPage + pages - topPages[id]!} pages below its end` })
    else if (at.firewalled[id]! > secret.fromNs) found.push({ extent, fromNs: secret.fromNs, toNs: at.firewalled[id]!, what: 'committed to the region after it was decrypted' })
  }
  return { property: 'confidentiality', invariant: 'plaintext lies within the region as programmed, in whole steps', found, ...(regions ? {} : { idle: 'no contiguous region is used' }) }
}
