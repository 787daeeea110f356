import type { OpField, Trace } from '../trace/trace.js'

/** Where a field of a trace's ops comes from, as shares of all ops. `measured`: it stands in the file; of a synthetic trace,
 *  where nothing was measured, `computed` stands for it. `derived`: worked
 *  out from what stands there (shapes, totals, clocks, marks). `inferred`: guessed from names, order or the model.
 *  `unknown`: it has no value. */
export interface FieldOrigin {
  readonly field: string
  readonly measured?: number
  readonly computed?: number
  readonly derived: number
  readonly inferred: number
  readonly unknown: number
}

/** Rules that are arithmetic on the file's own figures; every other one is a guess. */
const derivations = new Set([
  'matmul-shape',
  'dims',
  'input-dims',
  'execution-trace',
  'ort-shapes',
  'ort-n-times-k',
  'ort-parameter-size',
  'ort-model-run',
  'shapes',
  'output-size',
  'graph-name',
  'cycles-by-mhz',
  'cycles-by-root-time',
  'function-graph',
  'self-time',
  'outer-less-inner-meter',
  'mean-of-count',
  'mean-of-runs',
  'total-of-type',
  'trace-marker',
  'run-block',
  'root-rows',
  'event-block',
  'external-id',
  'vllm-annotation',
  'sglang-annotation',
  'profiler-step',
  'step-mark',
  'join-window',
])

/** Fields whose origin people ask for, and what stands for no value. */
const none: Partial<Record<OpField, number>> = { startNs: NaN, durationNs: NaN, kind: 0, phase: 0, step: NaN, layer: -1, processor: NaN, dataType: 0, m: 0, n: 0, k: 0, flops: 0, bytes: 0, tensor: -1 }

/** One row a field. A recording of our own and a synthesised trace infer nothing. */
export function fieldOrigins({ ops, header }: Trace): FieldOrigin[] {
  return (Object.entries(none) as [OpField, number][]).map(([field, empty]) => {
    const count = { measured: 0, derived: 0, inferred: 0, unknown: 0 }
    const byRule = header.ruleSets.map((rules) => {
      const rule = rules[field]
      return rule === undefined ? undefined : derivations.has(rule) ? 'derived' : 'inferred'
    })
    const column = ops[field]
    for (let i = 0; i < ops.length; i++) count[byRule[ops.rules[i]!] ?? (column[i] === empty ? 'unknown' : 'measured')]++
    const share = (of: number): number => (ops.length === 0 ? 0 : of / ops.length)
    return { field, ...(header.provenance.how === 'synthetic' ? { computed: share(count.measured) } : { measured: share(count.measured) }), derived: share(count.derived), inferred: share(count.inferred), unknown: share(count.unknown) }
  })
}
