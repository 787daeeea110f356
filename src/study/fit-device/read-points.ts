import { BadInput } from '../../base/errors.js'
import { readRates } from '../../formats/index.js'
import type { RateReading } from '../../formats/rates.js'
import { openSource } from '../../store/file-source.js'
import { fileSpools } from '../../store/file-spool.js'
import { toolsFor } from '../import-tools.js'
import { chosen } from './choose.js'
import { candidatesOf, pointOf, type Candidate, type FitPoint, type PointOptions } from './points.js'

/** The rates of a file, as it has them. Throws `BadInput`. */
export async function readFileRates(file: string, format?: string): Promise<RateReading> {
  const spools = fileSpools()
  try {
    const source = await openSource(file)
    return await readRates(source, toolsFor(source, spools, {}), format)
  } finally {
    spools.close()
  }
}

/** The measured phases of a model on one machine, from all files together. Throws `BadInput` (a file), `UsageFault` (what has to
 *  be chosen or said). */
export async function readPoints(files: readonly string[], options: PointOptions & { readonly format?: string | undefined }): Promise<FitPoint[]> {
  const candidates: Candidate[] = []
  for (const file of new Set(files)) {
    const reading = await readFileRates(file, options.format)
    const own = candidatesOf(file, reading)
    if (own.length === 0) throw new BadInput({ file, byteOffset: 0 }, 'times of loads, prefills or decodes', `other rates (${reading.format})`, 'tokens/s of one stream without speculation, such as llama-bench gives')
    for (const candidate of own) candidates.push(candidate)
  }
  const said = new Set<string>()
  const warn = (text: string): void => {
    if (!said.has(text)) options.warn?.(text)
    said.add(text)
  }
  return chosen(candidates, { ...options, warn }).map((candidate) => pointOf(candidate, { ...options, warn }))
}
