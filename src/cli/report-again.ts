import type { StudyAgain } from '../study/artifact/again.js'
import { writeAblation } from './report-ablation.js'
import { writeBreakEven } from './report-break-even.js'
import { writeSensitivity } from './report-sensitivity.js'
import { writeSweep } from './report-sweep.js'

/** Writes the page and the tables of any study; returns the paths. */
export function writeAgain(again: StudyAgain, dir: string, command: string): Promise<string[]> {
  switch (again.kind) {
    case 'sweep':
      return writeSweep(again.grid, again.result, dir, command)
    case 'ablate':
      return writeAblation(again.result, dir, command)
    case 'sensitivity':
      return writeSensitivity(again.result, dir, command)
    case 'break-even':
      return writeBreakEven(again.result, dir, command)
  }
}
