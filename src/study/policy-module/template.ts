/** What `policies new` writes: a whole policy with one mechanism of its own. Nothing is imported at run time. */
export const policyTemplate = (name: string): string => `// A policy for worldswitch: six answers, one of them its own. Check it with
//   worldswitch policies check ./${name}.mjs
// and use it wherever a policy is named:
//   worldswitch compare TRACE --policy flexserve --policy './${name}.mjs?layers=4'
//
// An answer is the id of a built-in mechanism, perhaps with options ('layered?allocate=before'; see
// \`worldswitch policies list --mechanisms\`), or a mechanism of your own: an object of the shape that the types tell.
// Methods get a Lowering \`l\` and answer with the number of a task (-1: none):
//   l.write.add({ cause, mask: l.words.resource.CPU, rank: l.words.rank.compute, durationNs, extent, effect }, after)
// Costs come from the device (\`l.costs\`), never from literals. What an effect means: l.words.effect, docs/audit.md.

/**
 * Keeps the first layers of every model between requests, and nothing else: they can compute while the rest is loaded.
 * @param {number} layers
 * @returns {import('worldswitch').ResidencyMechanism}
 */
const firstLayers = (layers) => ({
  factor: 'residency',
  id: 'first-layers',
  version: 1, // raise it when a number may change: it is part of every cell's key
  summary: \`the embedding and the first \${layers} layers of each model stay\`,
  source: 'my own idea',
  needs: ['recallable'],
  keeps: true,
  kv: 'keep',
  /** What goes, first one first: all that is not kept, then more until needBytes are free. Models in use never go. */
  evictions({ models }, needBytes) {
    const idle = models.filter(({ inUse }) => !inUse)
    const unitsOf = ({ model, units }, kept) =>
      [...units].reverse().flatMap(({ layer, residentBytes }) => (residentBytes > 0 && layer < layers === kept ? [{ model, layer, bytes: residentBytes }] : []))
    const gone = idle.flatMap((model) => unitsOf(model, false))
    let freed = gone.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const eviction of idle.flatMap((model) => unitsOf(model, true))) {
      if (freed >= needBytes) break
      gone.push(eviction)
      freed += eviction.bytes
    }
    return gone
  },
})

/** @param {{ layers?: string }} options as given behind '?' in the reference */
export default ({ layers = '4' }) => ({
  id: '${name}',
  summary: 'FlexServe’s mechanisms, keeping the first layers of every model',
  source: 'my own idea',
  memory: 'flex-mem',
  npu: 'flex-npu',
  residency: firstLayers(Number(layers)),
  pipeline: 'layered',
  scheduler: 'multi-model',
  startup: 'resident',
})
`
