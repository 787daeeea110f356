import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { StudyTables } from '../analysis/study-tables.js'
import { drawWarnings, sweepHeat, sweepPoints, type SweepPoint } from '../analysis/sweep-tables.js'
import { formatNs, parseBytes } from '../base/units.js'
import { csvCell } from '../report/csv.js'
import { makeFolder } from '../report/folder.js'
import { writeStudyPage } from '../report/study-page.js'
import { writeWhole } from '../report/write.js'
import type { Grid, GridFigure, GridValue } from '../study/sweep/grid.js'
import { plain } from '../study/sweep/points.js'
import type { SweepResult, SweptCell } from '../study/sweep/sweep.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

const metrics = { ttft: ['TTFT', 'ttftNs'], tpot: ['TPOT', 'tpotNs'], e2e: ['end to end', 'e2eNs'], switch: ['switch time in the TTFT', 'switchNs'], allocate: ['allocation', 'allocateNs'] } as const

/** Writes a sweep's page, its tables, and a CSV with a column an axis; returns the paths. */
export async function writeSweep(grid: Grid, result: SweepResult, dir: string, command: string): Promise<string[]> {
  const figure = grid.figure ?? defaultFigure(result)
  const [metric, field] = metrics[figure.metric ?? 'ttft']
  const over = figure.over === undefined ? undefined : plain(figure.over)
  const points = result.cells.map((cell): SweepPoint => ({ at: placed(cell), value: cell[field] === null ? null : over === undefined ? cell[field] / 1e9 : cell[field] }))
  const axes = { ...figure, over }
  const lines = sweepPoints(points, axes)
  const says = over === undefined ? `${metric} in seconds` : `${metric} of ${over} over that of the series: above 1 is faster`
  const tables: Pick<StudyTables, 'sweep-points' | 'sweep-heat' | 'sweep-cells'> = {
    'sweep-points': lines,
    'sweep-heat': sweepHeat(points, axes, (value) => (over === undefined ? formatNs(value * 1e9) : `${value.toFixed(2)}×`)),
    'sweep-cells': result.cells.map(cellRow),
  }
  const name = fileName(grid.name)
  const pages = await writeStudyPage(
    {
      title: grid.name,
      version: version(),
      command,
      setting: [['Question', result.question || 'none given'], ['Source', result.source || 'none given'], ['Figure', `${says}, over ${figure.x}${figure.y === undefined ? '' : ` and ${figure.y}`}${figure.series === undefined ? '' : `, a series for each ${figure.series}`}`], ['Cells', `${result.cells.length}`], ['Held', Object.entries(grid.base).map(([key, value]) => `${key} ${plain(value)}`).join(', ')]],
      basis: { title: 'What these numbers rest on', lines: [`every cell is one deterministic replay; its trace, policy and parameters stand in the store under its key`, ...(result.axes.includes('seed') ? ['each seed is one draw of what the device leaves uncertain, the same draw for every policy'] : [])] },
      tables,
      captions: [
        ['sweep-points', 'Along the axis', `${says}; the median and 95 % of the cells of a point.`],
        ['sweep-heat', 'Over both axes', `${says}.`],
        ['sweep-cells', 'Cells', 'One row a cell; switch time and counts are of the TTFT window.'],
      ],
      warnings: [...result.warnings, ...drawWarnings(lines)],
    },
    dir,
    name,
  )
  await makeFolder(dir)
  const path = join(dir, `${name}.csv`)
  await writeWhole(path, sweepCsv(result))
  return [...pages, path]
}

/** Lines over the first axis with several numbers, a series a policy. */
function defaultFigure({ axes, cells }: SweepResult): GridFigure {
  const several = axes.filter((axis) => new Set(cells.map(({ at }) => JSON.stringify(at[axis]))).size > 1)
  const series = several.includes('policy') ? 'policy' : undefined
  const x = several.find((axis) => axis !== series && axis !== 'seed' && cells.every(({ at }) => numberOf(at[axis]) !== null)) ?? several.find((axis) => axis !== series && axis !== 'seed') ?? several[0] ?? axes[0] ?? 'policy'
  const facet = several.find((axis) => axis !== x && axis !== series && axis !== 'seed')
  return { x, ...(series === undefined ? {} : { series }), ...(facet === undefined ? {} : { facet }) }
}

const placed = ({ at }: SweptCell): SweepPoint['at'] => Object.fromEntries(Object.entries(at).map(([axis, value]) => [axis, { text: plain(value), number: numberOf(value) }]))

/** Sizes count in GiB. */
function numberOf(value: GridValue | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'object') return value.times
  const bytes = typeof value === 'string' && /^[0-9.]+ ?[KMGT]i?B$/.test(value) ? parseBytes(value) : undefined
  return bytes === undefined ? null : bytes / 2 ** 30
}

function cellRow({ at, state, ttftNs, tpotNs, e2eNs, switchNs, ttftCounts, message }: SweptCell): StudyTables['sweep-cells'][number] {
  return { cell: Object.entries(at).map(([axis, value]) => `${axis} ${plain(value)}`).join(', '), state, ttftNs, tpotNs, e2eNs, switchNs, worldSwitches: ttftCounts?.worldSwitches ?? null, npuModeSwitches: ttftCounts?.npuModeSwitches ?? null, message: message ?? '' }
}

function sweepCsv({ axes, cells }: SweepResult): string {
  const head = [...axes, 'state', 'key', 'ttftNs', 'tpotNs', 'e2eNs', 'switchNs', 'allocateNs', 'worldSwitches', 'npuModeSwitches', 'pagesProtected', 'decodeWorldSwitches', 'decodeNpuModeSwitches', 'message']
  const rows = cells.map(({ at, state, key, ttftNs, tpotNs, e2eNs, switchNs, allocateNs, ttftCounts: first, decodeCounts: decode, message }) => [...axes.map((axis) => (at[axis] === undefined ? '' : plain(at[axis]))), state, key, ttftNs, tpotNs, e2eNs, switchNs, allocateNs, first?.worldSwitches, first?.npuModeSwitches, first?.pagesProtected, decode?.worldSwitches, decode?.npuModeSwitches, message])
  return stringify([head, ...rows.map((row) => row.map((value) => csvCell(value ?? '')))])
}
