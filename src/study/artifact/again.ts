import { BadInput } from '../../base/errors.js'
import { choiceIds, parameterIds } from '../../device/profile.js'
import type { Store } from '../../store/store.js'
import { ablate, type Ablation, type AblationSpec } from '../ablate/ablation.js'
import { breakEven, type BreakEven, type BreakEvenSpec } from '../break-even/break-even.js'
import { resolveDevice, type ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import type { Consent } from '../policy-module/consent.js'
import { sensitivity, type Sensitivity, type SensitivitySpec } from '../sensitivity/sensitivity.js'
import { checkGrid } from '../sweep/read-grid.js'
import type { Grid } from '../sweep/grid.js'
import { planSweep, runSweep, type SweepResult } from '../sweep/sweep.js'
import type { PackedStudy } from './pack.js'

/** A study made again from how it was asked. */
export type StudyAgain =
  | { readonly kind: 'sweep'; readonly grid: Grid; readonly result: SweepResult }
  | { readonly kind: 'ablate'; readonly result: Ablation }
  | { readonly kind: 'sensitivity'; readonly result: Sensitivity }
  | { readonly kind: 'break-even'; readonly result: BreakEven }

type Kept<S> = Omit<S, 'device'> & { readonly device: string; readonly set: Readonly<Record<string, number | string>> }

/** Asks the same again; cells that `store` holds are not replayed. Devices stand in `devices/` below the working folder;
 *  modules that the study names are evaluated where `consent` holds them. Throws `BadInput`: a kind of study that this version
 *  does not know. */
export async function studyAgain(store: Store, { kind, spec, name }: PackedStudy, executor: Executor, consent: Consent): Promise<StudyAgain> {
  switch (kind) {
    case 'sweep': {
      const grid = checkGrid(spec, 'study.json')
      return { kind, grid, result: (await runSweep(store, await planSweep(store, grid, 'study.json', consent), executor)).result }
    }
    case 'ablate': {
      const kept = spec as Kept<Omit<AblationSpec, 'paths'>> & { readonly paths: readonly { readonly factor: string; readonly levels: readonly { readonly mechanism: string }[] }[] }
      return { kind, result: (await ablate(store, { ...kept, device: await deviceOfSpec(kept), paths: new Map(kept.paths.map(({ factor, levels }) => [factor, levels.map(({ mechanism }) => mechanism)])) }, executor, { consent })).ablation }
    }
    case 'sensitivity': {
      const kept = spec as Kept<SensitivitySpec>
      return { kind, result: (await sensitivity(store, { ...kept, device: await deviceOfSpec(kept) }, executor, { consent })).sensitivity }
    }
    case 'break-even': {
      const kept = spec as Kept<BreakEvenSpec>
      return { kind, result: (await breakEven(store, { ...kept, device: await deviceOfSpec(kept) }, executor, { consent })).breakEven }
    }
    default:
      throw new BadInput({ file: 'study.json', field: 'kind' }, 'sweep, ablate, sensitivity or break-even', kind, `study ${name} was made by another version`)
  }
}

const deviceOfSpec = ({ device, set }: { readonly device: string; readonly set: Readonly<Record<string, number | string>> }): Promise<ResolvedDevice> =>
  resolveDevice(`devices/${device}.json`, [...parameterIds, ...choiceIds].flatMap((id): [string, string][] => (set[id] === undefined ? [] : [[id, String(set[id])]])))
