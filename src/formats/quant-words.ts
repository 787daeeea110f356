import { nearestQuantisation, quantisationOf, type Quantisation } from '../model/quantisation.js'

type Found = RegExpExecArray
/** An id of the quantisations, or bytes a weight. */
type Meaning = string | number | ((found: Found) => string | number)

/** What may stand before and behind a word: nothing that would make it part of another one. */
const words = (pattern: string): RegExp => new RegExp(`(?<![a-z0-9])(?:${pattern})(?![a-z0-9])`)

/** `Q4_K_M`, `Q4_K - Medium`, and what uploaders call larger mixtures. */
const mixtures: Readonly<Record<string, string>> = {
  '2s': 'q2_k_s',
  '2m': 'q2_k_m',
  '2l': 'q2_k_m',
  '3s': 'q3_k_s',
  '3m': 'q3_k_l', // no mean is published for it; the next larger one is 0.3 bits wider
  '3l': 'q3_k_l',
  '4s': 'q4_k_s',
  '4m': 'q4_k_m',
  '4l': 'q4_k_m',
  '5s': 'q5_k_s',
  '5m': 'q5_k_m',
  '5l': 'q5_k_m',
}

/** Whole numbers of some bits, with a scale a column or a group of weights. */
function grouped(bitsText: string, sizeText: string | undefined): string | number {
  const bits = Number(bitsText)
  const size = Number(sizeText ?? 0)
  if (bits >= 16) return bits === 16 ? 'f16' : 'f32'
  if (size === 0) return bits === 8 ? 'int8' : bits === 4 ? 'w4a16' : bits / 8
  return bits / 8 + 2 / size
}

/** In order: what is more exact first. All of them are lower case. */
const meanings: readonly (readonly [RegExp, Meaning])[] = [
  // Mixtures of llama-quantize.
  [words('q([2-8])_k[ _-]{0,3}(xs|s|small|m|medium|l|large|xl|xxl)'), ([, bits, size]) => mixtures[`${bits!}${/^x?s/.test(size!) ? 's' : size!.startsWith('m') ? 'm' : 'l'}`] ?? (bits === '6' ? 'q6_k' : 'q8_0')],
  // Blocks of GGML.
  [words('iq4_nl(?:_.{1,4})?|q4_0(?:_[48]_[48])?|q4_k'), 'w4'],
  [words('q8_0|q8_[1k]'), 'q8_0'],
  [words('(q[2356]_k|q4_1|q5_[01]|iq1_[sm]|iq2_(?:xxs|xs|s|m)|iq3_(?:xxs|xs|s|m)|iq4_xs|tq[12]_0|mxfp4|nvfp4)(?:_.{1,8})?'), ([, id]) => id!],
  [words('i2_s'), 'tq2_0'],
  [/(?<![a-z0-9])q([458])_\d/, ([, bits]) => (bits === '4' ? 'w4' : bits === '5' ? 'q5_0' : 'q8_0')],
  // MLC: bits of the weights, type of the activations.
  [words('q([0348])b?f(16|32)(?:_(\\w{1,12}))?'), ([, bits, type, variant]) => (bits === '0' ? `f${type!}` : bits === '8' ? 'int8' : bits === '3' ? 'q3f16' : variant !== undefined && /awq|ft/.test(variant) ? 'awq' : type === '32' ? 'q4f32' : 'w4')],
  // Vendors and ExecuTorch: bits of the weights and of the activations, weights of a group.
  [words('w(\\d{1,2})a\\d{1,2}(?:[ _-]?(?:g|gs|group)[ _-]?(\\d{2,4}))?(?:_\\w{1,20})?'), ([, bits, size]) => grouped(bits!, size)],
  [words('a\\d{1,2}w(\\d{1,2})(?:[ _-]?g(\\d{2,4}))?'), ([, bits, size]) => grouped(bits!, size)],
  [words('\\d{1,2}da(\\d)w(?:[ _-]{1,3}(?:g|group[ _]?size)?[ _=]?(\\d{2,4}))?'), ([, bits, size]) => grouped(bits!, size ?? '128')],
  [words('int(4|8)[ _-]g(\\d{2,4})'), ([, bits, size]) => grouped(bits!, size)],
  [/(?<![a-z0-9])(?:awq|gptq)/, 'awq'],
  // Kernels of XNNPACK and TFLite.
  [/qc4w|qb4w/, 'w4'],
  [/qc8w|(?<![a-z0-9])q[us]8/, 'int8'],
  // A number of bits alone.
  [words('[qw]4(?:_\\w{1,12})?|u?int4|i4|nf4|fp4|f4|4[ -]?bits?|4w'), 'w4'],
  [words('w8(?:_\\w{1,12})?|u?int8|i8|8[ -]?bits?|8w'), 'int8'],
  [words('q8'), 'q8_0'],
  [words('q([2356])(?:_[a-z]\\w{0,8})?'), ([, bits]) => `q${bits!}_k`],
  [words('(?:u?int|w|i)([2356])|([2356])[ -]?bits?'), ([, named, counted]) => Number(named ?? counted) / 8],
  [/(?<![a-z0-9])(?:fp8|float8|f8|e4m3|e5m2)/, 'fp8'],
  [/f16|fp16|float16|half|w16/, 'f16'],
  [/(?<![a-z0-9])(?:f32|fp32|float32)/, 'f32'],
]

/** How weights are stored, from the words that runtimes use for it: GGUF types and file types (`Q4_K - Medium`), vendors'
 *  (`w4a16_g128`, `W8A8`), MLC's (`q4f16_1`), ExecuTorch's (`8da4w`), `AWQ`, `4-bit`. Undefined: no such word. */
export function quantOfWord(word: string): Quantisation | undefined {
  const text = word.slice(0, 2000).toLowerCase()
  for (const [pattern, meaning] of meanings) {
    const found = pattern.exec(text)
    if (found === null) continue
    const meant = typeof meaning === 'function' ? meaning(found) : meaning
    if (typeof meant === 'string') return quantisationOf(meant)
    if (meant > 0 && meant <= 4) return nearestQuantisation(meant)
  }
  return undefined
}
