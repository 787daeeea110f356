/** What a graph's name of llama.cpp's QNN backend says: `MUL_MATf32_1536x256f32_1536f32#ADD(MUL_MAT,NONE)#…f32_128x2f32`. */
export interface GraphName {
  /** Ops joined by `#`. */
  readonly type: string
  readonly first: string
  /** Of the first op, when it is a matmul with two shapes. */
  readonly shape: { readonly m: number; readonly n: number; readonly k: number } | undefined
}

export function parseGraphName(name: string): GraphName {
  const parts = name.slice(0, 4000).split('#').map((part) => /^[A-Z][A-Z0-9_]*/.exec(part)?.[0] ?? part.slice(0, 80))
  const first = parts[0]!
  const shapes = [...name.split('#')[0]!.slice(first.length).matchAll(/(?:bf16|f16|f32|i\d{1,2}|q\d\w{0,4})_(\d{1,9}(?:x\d{1,9}){0,3})/g)].map((found) => found[1]!.split('x').map(Number))
  const [weights, input] = shapes
  const isMatmul = first.startsWith('MUL_MAT') && weights !== undefined && input !== undefined && weights.length >= 2
  const m = input?.slice(1).reduce((all, value) => all * value, 1) ?? 0
  return { type: parts.join('#'), first, shape: isMatmul && m > 0 && m < 2 ** 32 ? { m, n: weights[1]!, k: weights[0]! } : undefined }
}
