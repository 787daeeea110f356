import { formatNs, formatShare } from '../base/units.js'
import { causes, familyOf } from '../run/causes.js'
import type { WindowResult } from '../run/result.js'
import type { PathLink } from '../study/explain.js'

/** Causes of the TTFT window and of the mean decode step (without a prefill: of the first pass and of later ones): exposed, hidden, saving. */
export function causeCells(windows: readonly WindowResult[], hasPrefill: boolean): Record<string, string>[] {
  const first = windows.find((window) => window.name === 'ttft')
  const steps = windows.filter((window) => window.name === 'step')
  if (first === undefined) return []
  return causes.flatMap((cause) => {
    const exposed = first.exposedNs[cause] ?? 0
    const hidden = first.hiddenNs[cause] ?? 0
    const perStep = steps.reduce((sum, window) => sum + (window.exposedNs[cause] ?? 0), 0) / Math.max(1, steps.length)
    if (exposed === 0 && hidden === 0 && perStep === 0) return []
    return [
      {
        family: familyOf(cause),
        cause,
        [hasPrefill ? 'exposed in TTFT' : 'exposed in the first pass']: formatNs(exposed),
        share: formatShare(exposed / first.lengthNs),
        hidden: formatNs(hidden),
        ...(first.savingNs === undefined ? {} : { saving: formatNs(first.savingNs[cause] ?? 0) }),
        [hasPrefill ? 'exposed a decode step' : 'exposed a later pass']: steps.length === 0 ? '–' : formatNs(perStep),
      },
    ]
  })
}

export function pathCells(path: readonly PathLink[]): Record<string, string | number>[] {
  return path.map((link) => ({
    task: link.task,
    start: formatNs(link.startNs),
    length: formatNs(link.lengthNs),
    cause: link.cause,
    on: link.resources,
    layer: link.layer ?? '',
    op: link.op,
    'held by': link.holder ?? 'the clock',
  }))
}
