import type { Place } from '../base/errors.js'
import { ByteStrings } from './byte-strings.js'
import { CAT } from './kineto-matcher/layout.js'
import type { JsonScan } from './json-bytes.js'
import { ESCAPED } from './json-kinds.js'
import { ANNOTATION, CPU_OP, KERNEL, MEMCPY, MEMSET, RUNTIME, UNWANTED } from './kineto-what.js'

const whatIs = new Map<string, number>([
  ['kernel', KERNEL],
  ['gpu_memcpy', MEMCPY],
  ['gpu_memset', MEMSET],
  ['cpu_op', CPU_OP],
  ['cuda_runtime', RUNTIME],
  ['cuda_driver', RUNTIME],
  ['xpu_runtime', RUNTIME],
  ['privateuse1_runtime', RUNTIME],
  ['privateuse1_driver', RUNTIME],
  // Accelerators that are no GPUs: Meta's (events of its control processor), Habana's, Glow's.
  ['mtia_runtime', RUNTIME],
  ['mtia_ccp_events', KERNEL],
  ['hpu_op', KERNEL],
  ['glow_runtime', RUNTIME],
  // As PyTorch 1.8 to 1.11 wrote them.
  ['Operator', CPU_OP],
  ['Runtime', RUNTIME],
  ['Kernel', KERNEL],
  ['Memcpy', MEMCPY],
  ['Memset', MEMSET],
  ['user_annotation', ANNOTATION],
  ['Trace', ANNOTATION], // the profiler's span of itself
])

/** Whether work of this category ran on an accelerator that is no GPU. */
export const isOfAccelerator = (category: string): boolean => category === 'mtia_ccp_events' || category === 'hpu_op'

export interface Category {
  readonly text: string
  /** `kineto-what.ts` */
  readonly what: number
  count: number
}

/** The categories of a file's events and how many there are of each. A category goes by its number, or by the number's
 *  complement where such events are not wanted. */
export class KinetoCategories {
  private readonly texts = new ByteStrings()
  readonly list: Category[] = []

  constructor(private readonly place: () => Place) {}

  /** The category of the event just scanned, which has one. */
  of({ buf, from, to, kind }: JsonScan): number {
    return this.seen(this.texts.intern(buf, from[CAT]!, to[CAT]!, kind[CAT] === ESCAPED, this.place))
  }

  at(category: number): Category {
    return this.list[category < 0 ? ~category : category]!
  }

  private seen(id: number): number {
    let category = this.list[id]
    if (category === undefined) {
      const text = this.texts.text(id)
      this.list[id] = category = { text, what: whatIs.get(text) ?? UNWANTED, count: 0 }
    }
    return category.what === UNWANTED ? ~id : id
  }
}
