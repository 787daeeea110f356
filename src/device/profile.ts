/** A device: its structure and its parameters. Each parameter is a value with unit, spread and source; what is
 *  not known of a spread is `null` and said so. JSON-compatible: a user's device is such a file. */

export const DEVICE_SCHEMA = 'worldswitch-device/1'

/** How far a value may be off. `range`: all of it is plausible, the value likeliest. `sd`: in the value's unit.
 *  `quantiles`: pairs of probability and value, both rising. `null`: nobody published it. */
export type Spread =
  | { readonly range: readonly [low: number, high: number] }
  | { readonly sd: number }
  | { readonly quantiles: readonly (readonly [probability: number, value: number])[] }
  | null

export interface Parameter {
  readonly value: number
  readonly unit: string
  readonly spread: Spread
  /** `measured`: somebody measured it on this board. `derived`: arithmetic on measurements. `assumed`: reasoned. */
  readonly grade: 'measured' | 'derived' | 'assumed'
  /** Paper and section, URL, measurement; for `assumed` the reasoning. */
  readonly source: string
  /** Published claims that this value was read from: a claim is no independent check of it. */
  readonly informedBy: readonly string[]
  /** Structure (a tile, a page, a count of cores): never sampled. */
  readonly fixed?: true
}

/** A modelling switch: several readings of one source, none of them a number. */
export interface Choice {
  readonly value: string
  readonly options: readonly string[]
  readonly source: string
}

/** A bus master that can reach memory by itself, and what confines it. */
export interface BusMaster {
  readonly id: string
  /** `iommu`: tables of its own. `firewall`: only regions that the memory's firewall allows. `none`: nothing. */
  readonly protectedBy: 'iommu' | 'firewall' | 'none'
  readonly source: string
}

export interface DeviceProfile {
  readonly schema: typeof DEVICE_SCHEMA
  readonly id: string
  readonly title: string
  /** What a reader must know before quoting a result on it. */
  readonly note: string
  /** Costs were scaled from another device: every result on it says so. */
  readonly extrapolated?: true
  /** Words by which recordings name this machine (`RK3588`, `SM8750`): one that stands in a recording's own words for its
   *  machine tells that it was recorded here. */
  readonly aliases?: readonly string[]
  /** What is known of it. One that is missing is refused by name when a policy asks for it. */
  readonly parameters: Readonly<Partial<Record<ParameterId, Parameter>>>
  /** A choice that is missing has its default (`choices.ts`). */
  readonly choices: Readonly<Partial<Record<ChoiceId, Choice>>>
  /** Every master of its bus, for the audit; absent: nobody knows. */
  readonly masters?: readonly BusMaster[]
}

/** A profile that knows every parameter and choice: the built-in boards. */
export interface FullProfile extends DeviceProfile {
  readonly parameters: Readonly<Record<ParameterId, Parameter>>
  readonly choices: Readonly<Record<ChoiceId, Choice>>
}

/** What the engine and the mechanisms read. `…8GiBMs` rows are whole operations on 8 GiB, as FlexServe's Table 1
 *  gives them; what is assumed only splits them. */
export const parameterIds = [
  'cpu.cores',
  'cpu.dispatchUs', // of an operator that computes nothing and moves no data
  'cpu.prefillGflops', // end to end, over the matmuls' FLOPs of Llama-3-8B Q8_0 at 512 tokens
  'cpu.bandwidthGBs',
  'npu.prefillTokensPerS', // end to end, the same workload
  'npu.bandwidthGBs', // decode, end to end: tokens/s × bytes of weights
  'npu.cpuShare', // of a compute-bound matmul's time: dequantise and layout, on the CPU
  'npu.cores',
  'npu.tileN',
  'npu.tileK',
  'npu.tileM', // at the full tileK; tileM · tileK bounds M · K
  'npu.headOnCpuFrom', // matmuls with n or k from here run on the CPU
  'npu.modeSwitchMs',
  'npu.launchMs', // once a step
  'npu.driverReloadMs', // detach and attach the normal world's driver, each way
  'npu.submitCoDriverUs',
  'npu.submitFlexUs',
  'memory.sizeGiB',
  'memory.pageBytes',
  'memory.bandwidthGBs',
  'memory.pressureGiB', // what the source measured under: the default pressure
  'memory.scrubGBs',
  'memory.swapOutGBs',
  'memory.activationMiB', // at 512 tokens and hidden 4096
  'memory.kvBlockTokens',
  'flash.load8GiBMs',
  'crypto.decrypt8GiBMs',
  'crypto.width', // cores that the decrypt row was measured with
  'flexMem.allocate8GiBMs',
  'flexMem.reclaim8GiBMs',
  'flexMem.smmuMap8GiBMs',
  'flexMem.batchMiB',
  'monitor.hypercallUs',
  'monitor.tlbInvalidateUs',
  'monitor.stage2EnableMs',
  'monitor.verifyMs',
  'monitor.stage2OnCostShare', // of normal-world work while stage-2 is active; never the LLM's
  'world.switchUs',
  'cma.allocate8GiBMs', // at high pressure, on one thread
  'cma.threads4Speedup',
  'cma.reclaim8GiBMs',
  'cma.fastGiBs', // without pressure
  'cma.highPressureGiB',
  'cma.kneeHeadroomGiB',
  'cma.kneeFastMiBs',
  'tzasc.programUs',
  'tzasc.granularityMiB',
  'tzasc.regions',
  'startup.initMs',
  'startup.checkpointMiB',
] as const
export type ParameterId = (typeof parameterIds)[number]

export const choiceIds = ['cma.reading', 'rates', 'smmu', 'pageAllocation', 'checkpoint'] as const
export type ChoiceId = (typeof choiceIds)[number]

/** Values by parameter, as plain data: those that the profile has. */
export type DeviceValues = Readonly<Partial<Record<ParameterId, number>>>
/** Values as mechanisms ask for them: one that is missing throws `MissingParameter` (`costs.ts`). */
export type DeviceSample = Readonly<Record<ParameterId, number>>
export type DeviceChoices = Readonly<Record<ChoiceId, string>>

/** The parameters that a profile has, in the order of `parameterIds`. */
export function parametersOf(profile: DeviceProfile): (readonly [ParameterId, Parameter])[] {
  return parameterIds.flatMap((id) => {
    const parameter = profile.parameters[id]
    return parameter === undefined ? [] : [[id, parameter] as const]
  })
}

/** The profile's own values, unsampled. */
export function nominal(profile: FullProfile): DeviceSample
export function nominal(profile: DeviceProfile): DeviceValues
export function nominal(profile: DeviceProfile): DeviceValues {
  return Object.fromEntries(parametersOf(profile).map(([id, { value }]) => [id, value]))
}
