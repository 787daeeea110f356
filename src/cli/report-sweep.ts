import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { StudyTables } from '../analysis/study-tables.js'
import { drawWarnings, sweepCauses, sweepHeat, sweepPoints, type SweepPoint } from '../analysis/sweep-tables.js'
import { formatNs, GiB, parseBytes } from '../base/units.js'
import { csvCell } from '../report/csv.js'
import { makeFolder } from '../report/folder.js'
import { writeStudyPage } from '../report/study-page.js'
import { writeWhole } from '../report/write.js'
import type { Grid, GridFigure, GridMetric, GridValue } from '../study/sweep/grid.js'
import { plain } from '../study/sweep/points.js'
import type { SweepResult, SweptCell } from '../study/sweep/sweep.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

interface FigureMetric {
  readonly says: string
  /** In the figure's unit. */
  of(cell: SweptCell): number | null
  said(value: number): string
}
const seconds = (says: string, field: 'ttftNs' | 'tpotNs' | 'e2eNs' | 'switchNs' | 'allocateNs'): FigureMetric => ({ says: `${says} in seconds`, of: (cell) => (cell[field] === null ? null : cell[field] / 1e9), said: (value) => formatNs(value * 1e9) })
const metrics: Readonly<Record<GridMetric, FigureMetric>> = {
  // Without a prefill the run time stands for it.
  ttft: { ...seconds('TTFT', 'ttftNs'), of: ({ ttftNs, e2eNs }) => (ttftNs === null && e2eNs === null ? null : (ttftNs ?? e2eNs!) / 1e9) },
  tpot: seconds('TPOT', 'tpotNs'),
  e2e: seconds('end to end', 'e2eNs'),
  switch: seconds('switch time in the TTFT', 'switchNs'),
  allocate: seconds('allocation', 'allocateNs'),
  tax: { says: 'work of the normal world lost to stage-2, in percent', of: ({ tax }) => (tax === null ? null : tax.stage2CostShare * 100), said: (value) => `${value.toPrecision(3)} %` },
  held: { says: 'memory denied to the normal world on average, in GiB', of: ({ tax }) => (tax === null ? null : tax.meanHeldBytes / GiB), said: (value) => `${value.toPrecision(3)} GiB` },
}

/** Writes a sweep's page, its tables, and a CSV with a column an axis; returns the paths. */
export async function writeSweep(grid: Grid, result: SweepResult, dir: string, command: string): Promise<string[]> {
  const figure = grid.figure ?? defaultFigure(result)
  const metric = metrics[figure.metric ?? 'ttft']
  const over = figure.over === undefined ? undefined : plain(figure.over)
  const points = result.cells.map((cell): SweepPoint => ({ at: placed(cell), value: metric.of(cell) }))
  const axes = { ...figure, over }
  const lines = sweepPoints(points, axes)
  const hasNumbers = points.every(({ at }) => typeof at[figure.x]?.number === 'number')
  const { hasPrefill, leftOut } = result
  const whole = !hasPrefill ? 'run time' : result.cells.some(({ ttftNs, e2eNs }) => ttftNs === null && e2eNs !== null) ? 'TTFT (run time where there is no prefill)' : 'TTFT'
  const metricSays = metric.says.replace('TTFT', whole)
  const says = over === undefined ? metricSays : `${metricSays.replace(/ in \w+$/, '')} of ${over} over that of the series: above 1 is faster`
  const tables: Pick<StudyTables, 'sweep-points' | 'sweep-steps' | 'sweep-heat' | 'sweep-causes' | 'sweep-cells'> = {
    'sweep-points': figure.breakdown !== true && hasNumbers ? lines : [],
    'sweep-steps': figure.breakdown !== true && !hasNumbers ? lines : [],
    'sweep-heat': sweepHeat(points, axes, (value) => (over === undefined ? metric.said(value) : `${value.toFixed(2)}×`)),
    'sweep-causes': figure.breakdown === true ? sweepCauses(result.cells.flatMap(({ at, ttftByCauseNs }) => (ttftByCauseNs === null ? [] : [{ point: pointText(at), byCauseNs: ttftByCauseNs }]))) : [],
    'sweep-cells': result.cells.map(cellRow),
  }
  const name = fileName(grid.name)
  const pages = await writeStudyPage(
    {
      title: grid.name,
      first: { line: result.origin.line, policies: leftOut.map(({ policy, subject, device, reason, help, cells }) => `Left out: ${policy} of ${subject} on ${device} (${cells} cell${cells === 1 ? '' : 's'}): ${reason}; ${help}.`), notices: [] },
      hasPrefill,
      version: version(),
      command,
      setting: [['Question', result.question || 'none given'], ['Source', result.source || 'none given'], ['Figure', `${says}, over ${figure.x}${figure.y === undefined ? '' : ` and ${figure.y}`}${figure.series === undefined ? '' : `, a series for each ${figure.series}`}`], ['Cells', `${result.cells.length}`], ['Held', Object.entries(grid.base).map(([key, value]) => `${key} ${plain(value)}`).join(', ')]],
      basis: { title: 'What these numbers rest on', lines: [`every cell is one deterministic replay; its trace, policy and parameters stand in the store under its key`, ...(result.axes.includes('seed') ? ['each seed is one draw of what the device leaves uncertain, the same draw for every policy'] : [])] },
      titles: { x: figure.x, y: figure.y ?? '', value: over === undefined ? metricSays : `times ${over}` },
      tables,
      captions: [
        ['sweep-points', 'Along the axis', `${says}; the median and 95 % of the cells of a point.`],
        ['sweep-steps', 'One after the other', `${says}; the median and 95 % of the cells of a point.`],
        ['sweep-causes', `The ${whole} by cause`, 'Exposed time of each cause, a request on average; cells of one point (seeds) are averaged.'],
        ['sweep-heat', 'Over both axes', `${says}.`],
        ['sweep-cells', 'Cells', hasPrefill ? 'One row a cell; switch time and counts are of the TTFT window.' : 'One row a cell; switch time is of the whole run, counts are of its first pass.'],
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

/** What tells a point's bar from the others: all that the axes set but the draw. */
const pointText = (at: SweptCell['at']): string => Object.entries(at).flatMap(([axis, value]) => (axis === 'seed' ? [] : [plain(value)])).join(', ')

function cellRow({ at, state, ttftNs, tpotNs, e2eNs, switchNs, ttftCounts, message }: SweptCell): StudyTables['sweep-cells'][number] {
  return { cell: Object.entries(at).map(([axis, value]) => `${axis} ${plain(value)}`).join(', '), state, ttftNs, tpotNs, e2eNs, switchNs, worldSwitches: ttftCounts?.worldSwitches ?? null, npuModeSwitches: ttftCounts?.npuModeSwitches ?? null, message: message ?? '' }
}

function sweepCsv({ axes, cells, hasPrefill }: SweepResult): string {
  const head = [...axes, 'state', 'key', ...(hasPrefill ? ['ttftNs', 'tpotNs', 'e2eNs'] : ['tpotNs', 'runTimeNs']), 'switchNs', 'allocateNs', 'stage2CostShare', 'meanHeldBytes', 'swappedBytes', 'worldSwitches', 'npuModeSwitches', 'pagesProtected', 'decodeWorldSwitches', 'decodeNpuModeSwitches', 'message']
  const rows = cells.map(({ at, state, key, ttftNs, tpotNs, e2eNs, switchNs, allocateNs, tax, ttftCounts: first, decodeCounts: decode, message }) => [...axes.map((axis) => (at[axis] === undefined ? '' : plain(at[axis]))), state, key, ...(hasPrefill ? [ttftNs] : []), tpotNs, e2eNs, switchNs, allocateNs, tax?.stage2CostShare, tax?.meanHeldBytes, tax?.swappedBytes, first?.worldSwitches, first?.npuModeSwitches, first?.pagesProtected, decode?.worldSwitches, decode?.npuModeSwitches, message])
  return stringify([head, ...rows.map((row) => row.map((value) => csvCell(value ?? '')))])
}
