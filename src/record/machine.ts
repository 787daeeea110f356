import { availableParallelism, cpus, totalmem } from 'node:os'
import { printable } from '../base/quote.js'
import { GiB } from '../base/units.js'

/** This machine in neutral words: no host name, no path. */
export interface Machine {
  /** `AMD EPYC, x64`: what a trace is said to have been recorded on. */
  readonly device: string
  /** `linux x64, AMD EPYC, 2 cores, 24 GiB`. */
  readonly words: string
}

export function thisMachine(): Machine {
  const model = printable((cpus()[0]?.model ?? 'unknown processor').replace(/\s+/g, ' ').trim(), 60)
  const memoryGiB = Math.round(totalmem() / GiB)
  const system = [`${process.platform} ${process.arch}`, model, `${availableParallelism()} cores`]
  return {
    device: `${model}, ${process.arch}`,
    words: [...system, `${memoryGiB} GiB`, `Node ${process.versions.node}`].join(', '),
  }
}
