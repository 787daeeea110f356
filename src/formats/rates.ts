import type { DataType, OpKind, ProcessorName } from '../trace/words.js'

/** What the measured time was spent on. */
export type RateSubject =
  | {
      readonly of: 'phase'
      /** `mixed`: both at once, several streams at once, or speculative decoding: not the rate of one pass. */
      readonly phase: 'load' | 'prefill' | 'decode' | 'mixed'
      /** Tokens that went through in `ns`: of the prompt, or steps of a decode; 0 for a load. 1 with the rule `count-not-told` of
       *  `inferred.tokens` where the file gives a rate and no count: `ns` is the time of one token then. */
      readonly tokens: number
      /** Tokens in the KV cache when it began; 0 where the file does not say. */
      readonly past: number
    }
  | {
      readonly of: 'op'
      readonly kind: OpKind
      /** The writer's words: `MUL_MAT(type_a=q4_0,…)`. */
      readonly name: string
      readonly dataType: DataType
      /** Shape of a matmul; 0 elsewhere. */
      readonly m: number
      readonly n: number
      readonly k: number
      /** Of one run; 0: unknown. */
      readonly flops: number
      readonly bytes: number
    }

/** Where and with what rates were measured. */
export interface RateSetting {
  /** The file's words for the model; '' where it has none. */
  readonly model: string
  /** As the file writes it: `Q4_0`, `W8A8`; ''. */
  readonly quant: string
  readonly modelBytes: number
  readonly parameters: number
  /** The file's words for the machine or platform; ''. */
  readonly device: string
  readonly backend: string
  readonly processor: ProcessorName
  /** The file, or what its runtime can run on, says which processor it was; otherwise `processor` is no more than a default. */
  readonly isProcessorTold: boolean
  readonly threads: number
  readonly peakBytes: number
}

/** One measured time. `ns` is the mean of `runs` runs of the whole subject; `samplesNs` each of them where the file
 *  has them; `sdNs` -1 where no spread is known. */
export interface Rate {
  readonly subject: RateSubject
  readonly ns: number
  readonly sdNs: number
  readonly runs: number
  readonly samplesNs: readonly number[]
  /** Index into `settings`. */
  readonly setting: number
  /** 1-based line of the file. */
  readonly line: number
  /** What was worked out rather than read: field → rule. */
  readonly inferred: Readonly<Record<string, string>>
}

/** What a file of rates holds. */
export interface RateReading {
  readonly format: string
  readonly settings: readonly RateSetting[]
  readonly rates: readonly Rate[]
  /** What was left out: reason → count. */
  readonly skipped: Readonly<Record<string, number>>
}

export const emptySetting: RateSetting = {
  model: '',
  quant: '',
  modelBytes: 0,
  parameters: 0,
  device: '',
  backend: '',
  processor: 'cpu',
  isProcessorTold: false,
  threads: 0,
  peakBytes: 0,
}

/** Whether a number is a time that a rate may have: whole ns, 1 to 2^53. Tables of averages round to 0, damaged ones overflow. */
export const isRateTime = (ns: number): boolean => Number.isSafeInteger(ns) && ns > 0

/** Tokens or runs a second of a rate. */
export const perSecond = ({ subject, ns }: Rate): number => (ns === 0 ? 0 : ((subject.of === 'phase' ? subject.tokens : 1) * 1e9) / ns)

/** Settings numbered by their content, so that rows of one run share one. */
export class Settings {
  readonly list: RateSetting[] = []
  private readonly index = new Map<string, number>()

  /** The number of a setting. A reader that gives a processor was told it, unless it is the CPU for want of any word. */
  of(setting: Partial<RateSetting>): number {
    const { processor, backend = '' } = setting
    const whole = { ...emptySetting, isProcessorTold: processor !== undefined && (processor !== 'cpu' || backend !== ''), ...setting }
    const key = JSON.stringify(Object.values(whole))
    let found = this.index.get(key)
    if (found === undefined) {
      this.index.set(key, (found = this.list.length))
      this.list.push(whole)
    }
    return found
  }
}
