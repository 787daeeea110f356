import { DeviceWords } from '../device-words.js'
import { modelOfText, quantOfWord, type ModelHints } from '../model-match.js'

/** What the other lines of llama.cpp's log say: the machine, the model, its sizes, and where a run begins. */
export class LogFacts {
  readonly device = new DeviceWords()
  private name = ''
  private quant = ''
  private layers = 0
  private hidden = 0
  private loads = 0

  /** Takes a line; true where another model load begins than the first. */
  see(line: string): boolean {
    this.device.see(line)
    const text = line.slice(0, 1000)
    if (this.name === '' && /gguf|general\.name|\| *(model|test)|B /i.test(text) && modelOfText(text) !== undefined) this.name = text
    this.quant ||= /(?:file type|ftype)\s{0,20}[=:]\s{0,20}(\S{1,40})/.exec(text)?.[1] ?? ''
    this.layers ||= Number(/\bn_layer\s{1,20}= (\d{1,5})\b/.exec(text)?.[1] ?? 0)
    this.hidden ||= Number(/\bn_embd\s{1,20}= (\d{1,7})\b/.exec(text)?.[1] ?? 0)
    return /llama_model_loader: loaded meta data/.test(text) && ++this.loads > 1
  }

  /** `weights`: how most weights are stored, where the log does not say it of the model. */
  hints(weights: string): ModelHints {
    const quant = quantOfWord(this.quant) === undefined ? (quantOfWord(weights) === undefined ? '' : weights) : this.quant
    return {
      ...(this.name === '' ? {} : { name: this.name }),
      ...(quant === '' ? {} : { quant }),
      ...(this.layers > 0 ? { layers: this.layers } : {}),
      ...(this.hidden > 0 ? { hidden: this.hidden } : {}),
    }
  }
}
