import { MachineLines } from '../machine-lines.js'

const MAX_LINE = 400
const MOST_CLOCKS = 16
type Unit = 'CPU' | 'NPU' | 'DDR'

/** What an RKNN log says of its machine: the chip, the frequencies that it lists, the runtime. */
export class RknnMachine {
  /** `librknnrt 2.3.0`. */
  runtime: string | undefined
  private readonly words = new MachineLines()
  private readonly clocks: Record<Unit, number[]> = { CPU: [], NPU: [], DDR: [] }
  private listed: Unit | undefined

  line(text: string): void {
    if (text.length > MAX_LINE || text.trim() === '') return
    const list = /^\s*(CPU|NPU|DDR) Current Frequency List:/.exec(text)?.[1]
    const hz = /^\s*-\s+(\d{5,11})\s*$/.exec(text)?.[1]
    if (list !== undefined) this.listed = list as Unit
    else if (this.listed !== undefined && hz !== undefined) {
      if (this.clocks[this.listed].length < MOST_CLOCKS) this.clocks[this.listed].push(Number(hz))
    } else if (!/^\s*-\s+\w/.test(text)) {
      this.listed = undefined
      const version = /\blibrknnrt version:\s{0,8}(\d{1,4}(?:\.\d{1,4}){1,3}\w{0,8})/i.exec(text)?.[1]
      if (version !== undefined) this.runtime ??= `librknnrt ${version}`
      this.words.line(text)
    }
  }

  /** One line to print; undefined: the log says nothing of it. */
  device(): string | undefined {
    const of = (unit: Unit): string | undefined => {
      // The CPU's are in kHz, the others in Hz.
      const mhz = this.clocks[unit].map((hz) => Math.round(unit === 'CPU' && hz < 1e8 ? hz / 1e3 : hz / 1e6))
      return mhz.length === 0 ? undefined : `${unit} ${mhz.join(' ')} MHz`
    }
    const clocks = [of('CPU'), of('NPU'), of('DDR')]
    const chip = this.words.device()
    return chip === undefined && clocks.every((one) => one === undefined) ? undefined : this.words.device([...(chip === undefined ? ['Rockchip NPU'] : []), ...clocks])
  }
}
