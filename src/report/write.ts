import { rename, rm, writeFile } from 'node:fs/promises'
import { basename as lastPart, join } from 'node:path'
import type { ReportData } from '../analysis/report-data.js'
import { UsageFault } from '../base/errors.js'
import { charts } from './chart.js'
import { tableNames } from './columns.js'
import { renderCsv } from './csv.js'
import { makeFolder } from './folder.js'
import { chartSvg, svgToPng } from './draw.js'
import { renderHtml } from './html.js'
import { renderMarkdown } from './markdown.js'

export interface WriteOptions {
  /** Also one SVG and one PNG a case and chart. */
  readonly images?: boolean
}

/** Writes the report into `dir` (made where missing): `NAME.html`, `NAME.md`, one `NAME.TABLE.csv` a table. Each file
 *  appears whole or not at all. Returns the paths written, in order. */
export async function writeReport(data: ReportData, dir: string, name: string, options: WriteOptions = {}): Promise<string[]> {
  if (name === '' || name.startsWith('.') || lastPart(name) !== name || name.includes('\\')) {
    throw new UsageFault(`a report's name is a file name without folders, not ${JSON.stringify(name)}`)
  }
  await makeFolder(dir)
  const written: string[] = []
  const put = async (suffix: string, content: string | Uint8Array): Promise<void> => {
    const path = join(dir, `${name}.${suffix}`)
    await writeWhole(path, content)
    written.push(path)
  }
  await put('html', await renderHtml(data))
  await put('md', renderMarkdown(data))
  for (const table of tableNames) await put(`${table}.csv`, renderCsv(data, table))
  if (options.images !== true) return written
  for (const [i, one] of data.cases.entries()) {
    for (const chart of charts()) {
      const rows = one.tables[chart.meta.table]
      if (rows.length === 0) continue
      const svg = await chartSvg(chart.name, rows, one.hasPrefill)
      await put(`${i + 1}.${chart.name}.svg`, svg)
      await put(`${i + 1}.${chart.name}.png`, await svgToPng(svg))
    }
  }
  return written
}

export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`
  try {
    await writeFile(unfinished, content)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
