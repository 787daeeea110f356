import { boolean, string } from '@oclif/core/flags'
import { RECORDING } from '../device/recording.js'
import type { Placement } from '../replay/predict.js'
import { RESIDENT } from '../replay/request-plan.js'
import type { CellSpec } from '../study/cell.js'
import type { CellState } from '../study/cells/cell-maker.js'
import type { ResolvedDevice } from '../study/device.js'
import { deviceFlag, initialFlag, pressureFlag, samplesFlag, seedFlag, setFlag, splitAssignment } from './flags.js'

/** What decides a cell beside its trace and policy; the same for every verb that replays. */
export const cellFlags = {
  device: deviceFlag,
  pressure: pressureFlag,
  set: setFlag,
  initial: initialFlag,
  seed: seedFlag,
  samples: samplesFlag,
  placement: string({ options: ['policy', 'recorded'], default: 'policy', summary: 'Where operators run that were recorded on this device: as the policy’s NPU mechanism places them, or where they were recorded.' }),
  contention: boolean({ summary: 'Stretch tasks where DRAM demand exceeds its bandwidth (an assumed law).' }),
}
/** Of verbs that hold several policies against each other, or one against its recording. */
export const carryOverFlag = boolean({ summary: 'Show policies too that run operators elsewhere whose time is known on the recording’s machine alone, marked.' })

/** Several policies; by default the papers' four, the optimized strawman under both readings of its allocation. */
export const comparedPolicies = string({
  char: 'p',
  multiple: true,
  default: ['unprotected', 'strawman', 'optimized-strawman', 'optimized-strawman?allocate=inside', 'flexserve'],
  helpValue: 'ID',
  summary: 'A policy to replay under; give it once for each.',
})

/** Several devices, one after the other. */
export const comparedDevices = string({ multiple: true, default: ['rk3588-nanopc-t6'], helpValue: 'ID', summary: 'A device, or the file of a profile; give it once for each.' })

export interface CellFlags {
  readonly device: string
  readonly pressure: number | undefined
  readonly set: readonly string[]
  readonly initial: readonly string[]
  readonly seed: number
  readonly samples: number
  readonly contention: boolean
  readonly placement?: string
}

/** The flags as a cell's specification; a module among `policies`, which are named on the command line, may be evaluated. Throws
 *  `UsageFault`, `BadInput` (a device's file). */
export async function cellSpec(flags: CellFlags, policies: readonly string[]): Promise<Omit<CellSpec, 'subject' | 'policy'>> {
  const [{ resolveDevice }, { initialFrom }, { consentTo }] = await Promise.all([import('../study/device.js'), import('../study/request.js'), import('../study/policy-module/consent.js')])
  return {
    consent: consentTo(policies),
    device: await resolveDevice(flags.device, flags.set.map(splitAssignment)),
    ...(flags.pressure === undefined ? {} : { pressureBytes: flags.pressure }),
    initial: initialFrom(flags.initial.map(splitAssignment), flags.device === RECORDING ? RESIDENT : undefined),
    seed: flags.seed,
    samples: flags.samples,
    contention: flags.contention,
    placement: (flags.placement ?? 'policy') as Placement,
  }
}

/** The same for a study, whose cells it makes itself. What was not asked for does not stand in it: it is part of what a study was
 *  asked, and kept with it. */
export async function studyState(flags: CellFlags & { readonly 'carry-over': boolean }): Promise<CellState & { readonly device: ResolvedDevice; readonly carryOver?: true }> {
  const { device, pressureBytes, initial, contention, placement } = await cellSpec(flags, [])
  return { device, pressureBytes, initial, contention, ...(placement === 'recorded' ? { placement } : {}), ...(flags['carry-over'] ? { carryOver: true } : {}) }
}
