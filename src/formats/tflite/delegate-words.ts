import type { ProcessorName } from '../../trace/words.js'

/** `Created TensorFlow Lite XNNPACK delegate for CPU.`, `Explicitly applied GPU delegate`, a row `TfLiteHexagonDelegate`. */
const LINES = [/TensorFlow Lite (?:(\w{1,20}) )?delegate for (\w{1,20})/i, /applied (\w{1,20}) delegate/i, /\bTfLite(\w{0,40}?)Delegate/]
const MAX_LINE = 2000

/** Which delegates a log names, and what they run on. */
export class DelegateWords {
  private readonly processors = new Set<ProcessorName>()

  line(text: string): void {
    if (text.length > MAX_LINE || !/delegate/i.test(text)) return
    for (const pattern of LINES) {
      const found = pattern.exec(text)
      const processor = found === null ? undefined : processorOf(found.slice(1).join(' '))
      if (processor !== undefined) this.processors.add(processor)
    }
  }

  /** The processor of all of them; undefined: none is named, or they run on several. */
  get processor(): ProcessorName | undefined {
    return this.isKnown ? [...this.processors][0] : undefined
  }

  get isKnown(): boolean {
    return this.processors.size === 1
  }
}

function processorOf(words: string): ProcessorName | undefined {
  if (/hexagon|npu|edgetpu|tpu|qnn|htp|dsp|coreml|neuron|nnapi/i.test(words)) return 'npu'
  if (/gpu|opencl|metal/i.test(words)) return 'gpu'
  return /cpu|xnnpack/i.test(words) ? 'cpu' : undefined
}
