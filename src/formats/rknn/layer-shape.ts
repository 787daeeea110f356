/** What a layer multiplies, as one matmul: 2·m·n·k FLOPs. */
export interface LayerShape {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly flops: number
}

type Dims = readonly number[]
const product = (list: Dims): number => list.reduce((all, value) => all * value, 1)

/** FLOPs of convolutions, matmuls and attention by the shapes of a layer (NCHW). Undefined: shapes that are none of these, or cut. */
export function layerShape(type: string, inputs: readonly Dims[], output: Dims | undefined): LayerShape | undefined {
  const input = inputs[0]
  const weight = inputs[1]
  if (input === undefined || weight === undefined || output === undefined) return undefined
  if (/att(entio)?n|sdpa/i.test(type)) return attention(input, weight, output)
  if (/conv/i.test(type)) return /trans|deconv/i.test(type) ? transposed(input, weight) : convolution(input, weight, output)
  return matmul(input, weight, output)
}

/** An implicit matmul over the output's positions. Weight: outputs, inputs a group, kernel…; of a depthwise one 1, channels, kernel…. */
function convolution(input: Dims, weight: Dims, output: Dims): LayerShape | undefined {
  if (weight.length < 3 || output.length !== weight.length) return undefined
  const channels = output[1]!
  const isDepthwise = weight[0] === 1 && channels > 1 && weight[1] === channels && input[1] === channels
  const n = isDepthwise ? channels : weight[0]!
  if (n !== channels) return undefined
  return shape(product(output) / n, n, product(weight.slice(isDepthwise ? 2 : 1)))
}

/** Every input element meets the kernel of every output channel. Weight: inputs, outputs a group, kernel…, or the first two the other way round. */
function transposed(input: Dims, weight: Dims): LayerShape | undefined {
  const k = input[1]
  if (weight.length < 3 || k === undefined || input.length !== weight.length || (weight[0] !== k && weight[1] !== k)) return undefined
  return shape(product(input) / k, product(weight) / k, k)
}

/** The last dimension of the first tensor is summed over; the second has it as its last but one, or is stored transposed. */
function matmul(input: Dims, weight: Dims, output: Dims): LayerShape | undefined {
  const n = output.at(-1)!
  const k = input.at(-1)!
  const [rows, columns] = [weight.at(-2), weight.at(-1)]
  if (!((rows === k && columns === n) || (rows === n && columns === k) || (weight.length === 4 && weight[0] === n && weight[1] === k))) return undefined
  return shape(product(output) / n, n, k)
}

/** Both products, rows against the context and back: 4 · output elements · context. */
function attention(query: Dims, key: Dims, output: Dims): LayerShape | undefined {
  const width = query.at(-1)!
  if (query.length < 3 || key.length < 3) return undefined
  const context = key.at(-1) === width ? key.at(-2)! : key.at(-2) === width ? key.at(-1)! : 0
  const flops = 4 * product(output) * context
  return context > 0 && Number.isSafeInteger(flops) ? { m: 0, n: 0, k: 0, flops } : undefined
}

function shape(m: number, n: number, k: number): LayerShape | undefined {
  const flops = 2 * m * n * k
  const isWhole = [m, n, k].every((one) => Number.isInteger(one) && one > 0 && one < 2 ** 32)
  return isWhole && Number.isSafeInteger(flops) ? { m, n, k, flops } : undefined
}
