import { printable } from '../base/quote.js'
import { machineText } from './machine-text.js'

const MOST = 110 // and what escapes make longer

/** What runtimes print of the machine they run on, the most telling first. */
const patterns: readonly RegExp[] = [
  /^.{0,60}ggml_vulkan: \d{1,3} = ([^|]{2,160}?)\s*(?:\||$)/,
  /ggml_opencl: (?:selected device|selecting device|device):? ?'([^']{2,160})'/i,
  /^\s{0,10}Device \d{1,3}: ([^,]{2,160}), compute capability/,
  /\[CUDA\] Device: (\S.{1,160}?)\s*$/,
  /using device \S{1,40} \(((?:[^()]|\([^()]{0,40}\)){2,160})\)/,
  /^\s{0,10}Device description: (\S.{1,160}?)\s*$/,
  /device info: (\S.{1,160}?)(?:, system mem.{0,80})?\s*$/,
  /^\s{0,10}Device: (\S.{1,160}?)\s*$/,
  /^\s{0,10}(?:Hardware|model name|Model name|SoC|soc|ro\.soc\.model|ro\.product\.(?:model|board))\s{0,20}[:=]\s{0,20}(\S.{1,160}?)\s*$/,
  /(Hexagon (?:Arch|arch)(?: version)?:? v\d{2,3})/,
  /\b(RK3[35]\d{2}[A-Z]?|SM[78]\d{3}|Snapdragon(?:\(TM\))? (?:X |\d)[\w+ ]{0,30}|Adreno(?:\(TM\))? [\dX][\w-]{0,10}|Dimensity \d{3,5}\+?|Exynos \d{3,5}|Apple M\d(?: Pro| Max| Ultra)?|(?:NVIDIA )?(?:GeForce )?RTX [\w ]{2,20}|Radeon [\w ]{2,30})\b/i,
]
/** One of its words must be there before the rest is tried. */
const HINT = /device|hardware|model name|soc|ro\.product|hexagon|ggml_vulkan|rk3|snapdragon|adreno|dimensity|exynos|apple m|rtx|radeon|\bsm[78]\d/i

/** The machine in a log's own words, from whatever line says it best. */
export class DeviceWords {
  private rank = patterns.length
  private words = ''

  /** A line of the log. */
  see(line: string): void {
    if (this.rank === 0 || !HINT.test(line)) return
    const text = line.slice(0, 600)
    for (let i = 0; i < this.rank; i++) {
      const found = patterns[i]!.exec(text)?.[1]
      if (found === undefined) continue
      this.rank = i
      this.words = printable(found.trim(), MOST)
      return
    }
  }

  /** At most 120 printable characters that name no person and no path; `otherwise` where no line said it. */
  or(otherwise: string): string {
    return machineText([this.words]) ?? otherwise
  }
}
