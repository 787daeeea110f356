import { fileOfPath, quantInName } from '../model-words.js'
import type { RateSetting } from '../rates.js'

/** What a log of LiteRT-LM says of model and processor. */
export class Machine {
  model = ''
  backend = ''
  isSpeculative: boolean | undefined

  line(text: string): void {
    const named = /^\s*Benchmarking model: (\S{1,300})/.exec(text) ?? (this.model === '' ? /([^\s"'=(){},]{1,300}\.(?:litertlm|task|tflite))\b/.exec(text) : null)
    if (named !== null) this.model = fileOfPath(named[1]!)
    const backend = /(?:^|[^\w])backend\s{0,40}[=: ]\s{0,4}"?(cpu|gpu|npu)\b/i.exec(text)
    if (backend !== null && !/sampler\s.{0,20}backend/i.test(text)) this.backend = backend[1]!.toLowerCase()
    if (/--use_(?:gpu|npu)(?:=true)?\b(?!=)/.test(text)) this.backend = /--use_(gpu|npu)/.exec(text)![1]!
    const speculative = /speculative[ _-]decoding\s{0,40}[=: ]\s{0,4}(true|false)\b/i.exec(text)
    if (speculative !== null) this.isSpeculative = speculative[1]!.toLowerCase() === 'true'
  }

  setting(): Partial<RateSetting> {
    const { model, backend } = this
    return { model, quant: quantInName(model), backend, processor: backend === 'gpu' || backend === 'npu' ? backend : 'cpu' }
  }
}
