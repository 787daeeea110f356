import { createRequire } from 'node:module'
import type * as CliProgress from 'cli-progress'
import { printable } from '../base/quote.js'
import { formatBytes } from '../base/units.js'

/** A running piece of work. `stop` may be called twice. */
export interface Progress {
  update(done: number): void
  stop(): void
}

const silent: Progress = { update: () => {}, stop: () => {} }
const running = new Set<Progress>()

/** A bar with the time left, on stderr and on a terminal only; `unit` `bytes` is shown in binary units. */
export function startProgress(label: string, total: number, unit = ''): Progress {
  if (!process.stderr.isTTY || !(total > 0)) return silent
  const { SingleBar } = createRequire(import.meta.url)('cli-progress') as typeof CliProgress
  const show = (value: number) => (unit === 'bytes' ? formatBytes(value) : `${value}`)
  const title = printable(label, 60).replace(/[{}]/g, '')
  const shownUnit = unit === 'bytes' || unit === '' ? '' : ` ${unit}`
  const bar = new SingleBar({
    format: `${title} {bar} {percentage} % · {value} of {total}${shownUnit} · {eta_formatted} left`,
    formatValue: (value, _options, type) => (type === 'value' || type === 'total' ? show(value) : `${value}`),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  })
  bar.start(total, 0)
  const progress: Progress = {
    update: (done) => bar.update(Math.min(done, total)),
    stop: () => {
      if (running.delete(progress)) bar.stop()
    },
  }
  running.add(progress)
  return progress
}

/** Takes every bar off the terminal and gives the cursor back: before an error, a warning's line or the end. */
export function stopAllProgress(): void {
  for (const progress of running) progress.stop()
}
