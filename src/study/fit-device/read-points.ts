import { readRates } from '../../formats/index.js'
import type { TableMapping } from '../../formats/table/mapping.js'
import { openSource } from '../../store/file-source.js'
import { fileSpools } from '../../store/file-spool.js'
import { toolsFor } from '../import-tools.js'
import { withInput } from '../with-input.js'
import { pointsOf, type FitPoint, type PointOptions } from './points.js'

/** The measured phases of files. Throws `BadInput`, `UsageFault`. */
export async function readPoints(files: readonly string[], options: PointOptions & { readonly format?: string | undefined; readonly mapping?: TableMapping | undefined }): Promise<FitPoint[]> {
  const points: FitPoint[] = []
  const spools = fileSpools()
  try {
    for (const file of files) {
      await withInput(file, async ({ path, name }) => {
        const source = await openSource(path, name)
        points.push(...pointsOf(name, await readRates(source, toolsFor(source, spools, { mapping: options.mapping }), options.format), options))
      })
    }
  } finally {
    spools.close()
  }
  return points
}
