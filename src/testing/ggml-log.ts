/** Graphs of Llama-3.2-1B as llama.cpp runs them, written as its loggers write them: made by us, for tests of meaning. Sizes are those
 *  of the model's published config: hidden 2048, 16 layers, 32 heads of 64, 8 of them for keys and values, feed-forward 8192,
 *  vocabulary 128256. */
export interface GgmlOp {
  readonly op: string
  readonly name: string
  /** Names, dims (n0 first) and types of what it reads, then of what it writes. */
  readonly sources: readonly (readonly [name: string, dims: readonly number[], type: string])[]
  readonly dims: readonly number[]
  readonly type: string
}

export const llama1b = { hidden: 2048, layers: 16, heads: 32, headDim: 64, kv: 512, ffn: 8192, vocab: 128256 } as const
const CACHE = 4096

/** The graph of `tokens` new tokens where the cache is `cached` wide, all rows' logits but for the last layer's. */
export function llamaGraph(tokens: number, cached: number, layers: number = llama1b.layers): GgmlOp[] {
  const { hidden, heads, headDim, kv, ffn, vocab } = llama1b
  const ops: GgmlOp[] = []
  const op = (word: string, name: string, dims: readonly number[], sources: GgmlOp['sources'], type = 'f32'): void => void ops.push({ op: word, name, dims, sources, type })
  const matmul = (name: string, weight: string, n: number, k: number, from: string, m = tokens): void =>
    op('MUL_MAT', name, [n, m], [[weight, [k, n], 'q4_0'], [from, [k, m], 'f32']])
  op('GET_ROWS', 'inp_embd', [hidden, tokens], [['token_embd.weight', [hidden, vocab], 'q4_0'], ['inp_tokens', [tokens], 'i32']])
  const norm = (name: string, il: number, from: string, m = tokens): void => {
    const suffix = il < 0 ? '' : `-${il}`
    op('RMS_NORM', `norm${suffix}`, [hidden, m], [[from, [hidden, m], 'f32']])
    op('MUL', `${name}${suffix}`, [hidden, m], [[`norm${suffix}`, [hidden, m], 'f32'], [`blk.${il}.${name}.weight`, [hidden], 'f32']])
  }
  for (let il = 0; il < layers; il++) {
    norm('attn_norm', il, il === 0 ? 'inp_embd' : `l_out-${il - 1}`)
    for (const [role, n] of [['q', hidden], ['k', kv], ['v', kv]] as const) {
      const name = `${role.toUpperCase()}cur-${il}`
      matmul(name, `blk.${il}.attn_${role}.weight`, n, hidden, `attn_norm-${il}`)
      if (role === 'v') continue
      op('RESHAPE', `${name} (reshaped)`, [headDim, n / headDim, tokens], [[name, [n, tokens], 'f32']])
      op('ROPE', name, [headDim, n / headDim, tokens], [[`${name} (reshaped)`, [headDim, n / headDim, tokens], 'f32'], ['inp_pos', [tokens], 'i32']])
    }
    for (const role of ['k', 'v']) op('SET_ROWS', `cache_${role}_l${il} (view)`, [kv, CACHE], [[`${role.toUpperCase()}cur-${il}`, [kv, tokens], 'f32'], ['inp_idxs', [tokens], 'i64']], 'f16')
    op('MUL_MAT', `kq-${il}`, [cached, tokens, heads], [[`cache_k_l${il} (view) (permuted)`, [headDim, cached, kv / headDim], 'f16'], [`Qcur-${il} (permuted)`, [headDim, tokens, heads], 'f32']])
    op('SOFT_MAX', `kq_soft_max-${il}`, [cached, tokens, heads], [[`kq-${il}`, [cached, tokens, heads], 'f32']])
    op('MUL_MAT', `kqv-${il}`, [headDim, tokens, heads], [[`cache_v_l${il} (view) (permuted)`, [cached, headDim, kv / headDim], 'f16'], [`kq_soft_max-${il}`, [cached, tokens, heads], 'f32']])
    op('CONT', `kqv_out-${il}`, [hidden, tokens], [[`kqv-${il} (permuted)`, [headDim, heads, tokens], 'f32']])
    matmul(`attn_out-${il}`, `blk.${il}.attn_output.weight`, hidden, hidden, `kqv_out-${il}`)
    op('ADD', `ffn_inp-${il}`, [hidden, tokens], [[`attn_out-${il}`, [hidden, tokens], 'f32'], [`l_out-${il - 1}`, [hidden, tokens], 'f32']])
    norm('ffn_norm', il, `ffn_inp-${il}`)
    for (const role of ['gate', 'up']) matmul(`ffn_${role}-${il}`, `blk.${il}.ffn_${role}.weight`, ffn, hidden, `ffn_norm-${il}`)
    op('GLU', `ffn_swiglu-${il}`, [ffn, tokens], [[`ffn_gate-${il}`, [ffn, tokens], 'f32'], [`ffn_up-${il}`, [ffn, tokens], 'f32']])
    matmul(`ffn_out-${il}`, `blk.${il}.ffn_down.weight`, hidden, ffn, `ffn_swiglu-${il}`)
    op('ADD', `l_out-${il}`, [hidden, tokens], [[`ffn_out-${il}`, [hidden, tokens], 'f32'], [`ffn_inp-${il}`, [hidden, tokens], 'f32']])
  }
  norm('result_norm', -1, `l_out-${layers - 1}`, 1)
  matmul('result_output', 'token_embd.weight', vocab, hidden, 'result_norm', 1)
  return ops
}

/** Durations that have no meaning but differ: 1 µs and a little more for each op, a matmul by its size. */
export const durationNs = ({ op, sources, dims }: GgmlOp): number => 1000 + (op === 'MUL_MAT' ? Math.ceil((sources[0]![1][0]! * dims[0]! * dims[1]!) / 1000) * 10 : 0)

const filled = (dims: readonly number[]): number[] => [0, 1, 2, 3].map((i) => dims[i] ?? 1)
const colons = (dims: readonly number[]): string => filled(dims).join(':')

/** The table of the graph profiler. */
export function graphProfilerLog(graphs: readonly (readonly GgmlOp[])[]): string {
  const title = '| node idx | op name | proc (nsec) | sync (nsec) | total (nsec) | op dims | op types | tensor name |\n'
  const row = (one: GgmlOp, i: number): string =>
    `| ${String(i).padStart(4, '0')} | ${one.op} | ${durationNs(one)} | 10 | ${durationNs(one) + 10} | ${one.sources.map(([, dims]) => colons(dims)).join(' x ')} -> ${colons(one.dims)} | ${one.sources.map(([, , type]) => type).join(' x ')} -> ${one.type} | ${one.name} |\n`
  return title + graphs.map((graph) => graph.map(row).join('')).join('')
}

/** The Hexagon backend's line of 2026. */
export function hexagonLog(graphs: readonly (readonly GgmlOp[])[], mhz = 1000): string {
  let start = 0
  const isOnHost = ({ op, name }: GgmlOp): boolean => op === 'RESHAPE' || name === 'inp_embd'
  const line = (one: GgmlOp): string => {
    const cycles = (durationNs(one) * mhz) / 1000
    const at = start % 2 ** 32
    start += cycles + 500
    const list = (of: (source: GgmlOp['sources'][number]) => string, last: string): string => `${one.sources.map(of).join(' x ')} -> ${last}`
    return `ggml-hex: HTP0 profile-op ${one.op}|${list(([name]) => name, one.name)}|${list(([, dims]) => colons(dims), colons(one.dims))}|${list(([, , type]) => type, one.type)}|s|k vtcm 0|usec ${Math.round(durationNs(one) / 1000)} cycles ${cycles} start ${at} mhz ${mhz}\n`
  }
  return graphs.map((graph) => graph.filter((one) => !isOnHost(one)).map(line).join('')).join('')
}

/** `cl_profiling.csv`. */
export function openclLog(graphs: readonly (readonly GgmlOp[])[]): string {
  const title = 'op name, kernel name, exec duration (ms), global size, local size, output size\n'
  const kernelOf = ({ op, name }: GgmlOp): string =>
    ({ MUL_MAT: /^kqv?-/.test(name) ? 'kernel_mul_mat_f16_f32_l4' : 'kernel_mul_mv_q4_0_f32_8x_flat', GET_ROWS: 'kernel_get_rows_q4_0', RMS_NORM: 'kernel_rms_norm', MUL: 'kernel_mul_row', ROPE: 'kernel_rope_norm_f32', SET_ROWS: 'kernel_set_rows_f16_i64', SOFT_MAX: 'kernel_soft_max_4', CONT: 'kernel_cpy_f32_f32', ADD: 'kernel_add', GLU: 'kernel_swiglu' })[op] ?? op
  const row = (one: GgmlOp): string => `${one.name},${kernelOf(one)},${(durationNs(one) / 1e6).toFixed(6)},64x1x1,64x1x1,${filled(one.dims).join('x')}\n`
  return title + graphs.map((graph) => graph.filter(({ op }) => op !== 'RESHAPE').map(row).join('')).join('')
}

/** The Vulkan backend's block of one graph or several: counts by name, sorted. */
export function vulkanLog(graphs: readonly (readonly GgmlOp[])[]): string {
  const rows = new Map<string, { count: number; ns: number }>()
  for (const one of graphs.flat()) {
    if (one.op === 'RESHAPE') continue
    const [k = 0] = one.sources[0]![1]
    const [m, n = 1, batch = 1] = one.dims
    const vec = n === 1 ? '_VEC' : ''
    const name = one.op === 'MUL_MAT' ? `MUL_MAT${vec} ${one.sources[0]![2]} m=${m} n=${n} k=${k}${batch > 1 ? ` batch=${batch}` : ''}` : one.op
    const row = rows.get(name) ?? { count: 0, ns: 0 }
    rows.set(name, { count: row.count + 1, ns: row.ns + durationNs(one) })
  }
  const line = ([name, { count, ns }]: [string, { count: number; ns: number }]): string => `${name}: ${count} x ${(ns / count / 1000).toFixed(3)} us = ${(ns / 1000).toFixed(3)} us\n`
  return `----------------\nVulkan Timings:\n${[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(line).join('')}`
}
