import { machineText } from './machine-text.js'

const MAX_LINE = 2000
/** Names of chips as their makers write them. */
const CHIP = /\b(?:SM\d{4}|QCS\d{3,4}|QCM\d{4}|SA\d{4}P?|SXR\d{4}P?|Snapdragon (?:[X\d][\w+]{0,5}(?: (?:Elite|Gen ?\d|Plus))*)|RK3\d{3}[A-Z]{0,3}|RV11\d{2}[A-Z]{0,2}|MT\d{4}|Dimensity ?\d{4}|Exynos ?\d{4}|Kirin ?\d{3,4}|Tensor G\d|i\.MX ?\d{1,2}\w{0,8})\b/i
const ARCH = /\b(?:htp|dsp|hexagon)[ _-]?(?:arch(?:itecture)?)?\s{0,3}[:= ]\s{0,3}(v\d\d)\b/i
const MOST_WORDS = 4

/** What a log says of its machine along the way: names of chips, the architecture of a Hexagon, in its own spelling. */
export class MachineLines {
  private readonly words: string[] = []

  line(text: string): void {
    if (this.words.length >= MOST_WORDS || text.length > MAX_LINE) return
    const arch = ARCH.exec(text)?.[1]
    for (const word of [CHIP.exec(text)?.[0], arch === undefined ? undefined : `HTP ${arch}`])
      if (word !== undefined && !this.words.some((one) => one.toLowerCase() === word.toLowerCase())) this.words.push(word)
  }

  /** One line to print; undefined: the log says nothing of it. `more` stands behind it. */
  device(more: readonly (string | undefined)[] = []): string | undefined {
    return machineText([...this.words, ...more])
  }
}
