import { BadInput } from '../../base/errors.js'
import { readRates } from '../../formats/index.js'
import type { RateReading } from '../../formats/rates.js'
import type { TableMapping } from '../../formats/table/mapping.js'
import { openSource } from '../../store/file-source.js'
import { fileSpools } from '../../store/file-spool.js'
import { toolsFor } from '../import-tools.js'
import { calledInput, withInput } from '../with-input.js'
import { chosen } from './choose.js'
import { holdingsOf, type Holdings } from './holdings.js'
import { candidatesOf, pointOf, type Candidate, type FitPoint, type PointOptions } from './points.js'

/** How files are read. */
export interface ReadOptions {
  readonly format?: string | undefined
  /** How the columns of a table are read. */
  readonly mapping?: TableMapping | undefined
}

/** The rates of a file or of standard input (`-`), as it has them. Throws `BadInput`. */
export async function readFileRates(file: string, { format, mapping }: ReadOptions): Promise<RateReading> {
  const spools = fileSpools()
  try {
    return await withInput(file, async ({ path, name }) => {
      const source = await openSource(path, name)
      return readRates(source, toolsFor(source, spools, { mapping }), format)
    })
  } finally {
    spools.close()
  }
}

/** Every rate of a file is mixed, batched, speculative or an op's. */
export const nothingToFit = (file: string, { format, rates }: RateReading): BadInput =>
  new BadInput({ file: calledInput(file), byteOffset: 0 }, 'times of loads, prefills or decodes', `${rates.length} other rate${rates.length === 1 ? '' : 's'} (${format})`, 'give tokens/s of one stream without speculation, such as those of llama-bench')

/** The rates of files, one after the other. Throws `BadInput`. */
export async function readHoldings(files: readonly string[], options: ReadOptions = {}): Promise<Holdings> {
  const readings: (readonly [string, RateReading])[] = []
  for (const file of new Set(files)) {
    const reading = await readFileRates(file, options)
    if (candidatesOf(file, reading).length === 0) throw nothingToFit(file, reading)
    readings.push([file, reading])
  }
  return holdingsOf(readings)
}

/** The measured phases of a model on one machine, from all files together. Throws `BadInput` (a file), `UsageFault` (what has to
 *  be chosen or said). */
export async function readPoints(files: readonly string[], options: PointOptions & ReadOptions): Promise<FitPoint[]> {
  const candidates: Candidate[] = []
  for (const file of new Set(files)) {
    const reading = await readFileRates(file, options)
    const own = candidatesOf(calledInput(file), reading)
    if (own.length === 0) throw nothingToFit(file, reading)
    for (const candidate of own) candidates.push(candidate)
  }
  const said = new Set<string>()
  const warn = (text: string): void => {
    if (!said.has(text)) options.warn?.(text)
    said.add(text)
  }
  return chosen(candidates, { ...options, warn }).map((candidate) => pointOf(candidate, { ...options, warn }))
}
