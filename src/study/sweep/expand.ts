import { BadInput } from '../../base/errors.js'
import type { Grid, GridNode, GridPoint, GridRange } from './grid.js'

/** Cells a grid may come to. */
const MOST_POINTS = 1_000_000

/** The points of a grid, the last axis running fastest; each sets what `base` does not, or sets it anew.
 *  Throws `BadInput`: a zip of unequal lengths, an axis named twice, too many points. */
export function expand(grid: Grid, file: string): GridPoint[] {
  return product(grid.axes, 'axes', file).map((point) => ({ ...grid.base, ...point }))
}

/** Names that some axis sets, in order of first appearance: what tells the cells apart. */
export function axisNames(grid: Grid): string[] {
  const names = new Set<string>()
  const visit = (node: GridNode): void => {
    if ('axis' in node) names.add(node.axis)
    else if ('point' in node) for (const name of Object.keys(node.point)) names.add(name)
    else for (const child of 'product' in node ? node.product : 'zip' in node ? node.zip : node.chain) visit(child)
  }
  for (const node of grid.axes) visit(node)
  return [...names]
}

function pointsOf(node: GridNode, field: string, file: string): GridPoint[] {
  if ('point' in node) return [node.point]
  if ('axis' in node) return ('values' in node ? node.values : rangeValues(node, field, file)).map((value) => ({ [node.axis]: value }))
  if ('product' in node) return product(node.product, `${field}.product`, file)
  if ('chain' in node) return node.chain.flatMap((child, i) => pointsOf(child, `${field}.chain.${i}`, file))
  const columns = node.zip.map((child, i) => pointsOf(child, `${field}.zip.${i}`, file))
  const [first = []] = columns
  const other = columns.find((column) => column.length !== first.length)
  if (other !== undefined) throw new BadInput({ file, field: `${field}.zip` }, `as many values on every axis: ${first.length}`, other.length)
  return first.map((_, i) => columns.reduce((point, column, c) => merged(point, column[i]!, `${field}.zip.${c}`, file), {} as GridPoint))
}

function product(nodes: readonly GridNode[], field: string, file: string): GridPoint[] {
  let points: GridPoint[] = [{}]
  for (const [i, node] of nodes.entries()) {
    const more = pointsOf(node, `${field}.${i}`, file)
    if (points.length * more.length > MOST_POINTS) throw new BadInput({ file, field: `${field}.${i}` }, `at most ${MOST_POINTS} points`, points.length * more.length, 'take fewer values')
    points = points.flatMap((point) => more.map((next) => merged(point, next, `${field}.${i}`, file)))
  }
  return points
}

function merged(point: GridPoint, next: GridPoint, field: string, file: string): GridPoint {
  for (const name of Object.keys(next)) if (Object.hasOwn(point, name)) throw new BadInput({ file, field }, 'each axis once in a point', name, 'chain the alternatives instead')
  return { ...point, ...next }
}

/** Whole numbers where both ends are. */
function rangeValues({ from, to, count, scale }: GridRange, field: string, file: string): number[] {
  if (scale === 'log' && !(from > 0 && to > 0)) throw new BadInput({ file, field }, 'ends above 0 on a logarithmic axis', [from, to])
  const whole = Number.isInteger(from) && Number.isInteger(to)
  const values = Array.from({ length: count }, (_, i) => {
    const share = count === 1 ? 0 : i / (count - 1)
    const value = scale === 'log' ? from * (to / from) ** share : from + (to - from) * share
    return whole ? Math.round(value) : Number(value.toPrecision(12))
  })
  return [...new Set(values)]
}
