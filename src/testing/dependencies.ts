import type { TaskGraph } from '../run/tasks.js'

/** Dependencies in compressed rows: task i waits for `to[first[i]] … to[first[i + 1] - 1]`, in rising order. */
export function dependenciesOf({ tasks, edges }: TaskGraph): { first: Uint32Array; to: Uint32Array } {
  const n = tasks.length
  const first = new Uint32Array(n + 2)
  for (let e = 0; e < edges.count; e++) first[edges.to[e]! + 2]!++
  for (let t = 2; t < n + 2; t++) first[t]! += first[t - 1]!
  const to = new Uint32Array(edges.count)
  const order = Uint32Array.from({ length: edges.count }, (_, e) => e).sort((a, b) => edges.on[a]! - edges.on[b]! || a - b)
  for (const e of order) to[first[edges.to[e]! + 1]!++] = edges.on[e]!
  return { first: first.subarray(0, n + 1), to }
}
