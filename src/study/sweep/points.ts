import { BadInput, UsageFault } from '../../base/errors.js'
import { quoteFound } from '../../base/quote.js'
import { parseBytes } from '../../base/units.js'
import { sampleDevice } from '../../device/sample.js'
import { RECORDING } from '../../device/recording.js'
import { MissingParameter } from '../../device/missing.js'
import { parameterIds, type DeviceValues, type ParameterId } from '../../device/profile.js'
import { ImpossiblePolicy } from '../../policies/legality.js'
import { RESIDENT } from '../../replay/request-plan.js'
import type { CellMaker } from '../cells/cell-maker.js'
import type { CellOrder } from '../cells/order.js'
import { resolveDevice, type ResolvedDevice } from '../device.js'
import { modelNamed, quantisationNamed } from '../names.js'
import { initialFrom } from '../request.js'
import type { GridPoint, GridValue } from './grid.js'

const fixedNames = ['trace', 'model', 'quant', 'prompt', 'output', 'policy', 'device', 'pressure', 'contention', 'seed']

/** Turns the points of a grid into orders. A point that cannot be (an impossible combination) is told, not thrown: a grid
 *  crosses such corners. */
export class Points {
  private readonly devices = new Map<string, ResolvedDevice>()
  private readonly samples = new Map<string, DeviceValues>()
  constructor(
    private readonly maker: CellMaker,
    private readonly file: string,
  ) {}

  /** Throws `BadInput` (a name or value that means nothing), `UsageFault` (an unknown trace, device, model). */
  async order(point: GridPoint): Promise<CellOrder | { readonly impossible: string }> {
    for (const name of Object.keys(point)) if (!fixedNames.includes(name) && !/^(set|initial|policy)\../.test(name)) this.refuse(name, `one of ${fixedNames.join(', ')}, set.PARAMETER, initial.KEY or policy.OPTION`, name)
    const device = await this.device(point)
    const subject = point['trace'] !== undefined ? await this.maker.subject(this.text(point, 'trace'), device.profile) : this.synth(point, device)
    const reference = policyReference(this.text(point, 'policy'), this.under(point, 'policy.'))
    const pressure = point['pressure']
    const pressureBytes = pressure === undefined ? undefined : typeof pressure === 'number' ? pressure : (parseBytes(String(pressure)) ?? this.refuse('pressure', 'a size such as 8GiB', pressure))
    const initial = initialFrom(Object.entries(this.under(point, 'initial.')).map(([key, value]) => [key, plain(value)] as const), device.profile.id === RECORDING ? RESIDENT : undefined)
    let policy
    try {
      policy = await this.maker.policy(reference)
    } catch (error) {
      if (error instanceof ImpossiblePolicy) return { impossible: error.message }
      throw error
    }
    return this.maker.order(subject, policy, device, { pressureBytes, initial, contention: point['contention'] === true }, this.values(point, device))
  }

  private async device(point: GridPoint): Promise<ResolvedDevice> {
    const reference = point['device'] === undefined ? 'rk3588-nanopc-t6' : this.text(point, 'device')
    const set = this.under(point, 'set.')
    const key = JSON.stringify([reference, set])
    let device = this.devices.get(key)
    if (device !== undefined) return device
    const plainDevice = Object.values(set).some((value) => typeof value === 'object') ? await resolveDevice(reference) : undefined
    const assignments = Object.entries(set).map(([id, value]) => [id, typeof value === 'object' ? `${this.times(plainDevice!, id, value.times)}` : plain(value)] as const)
    this.devices.set(key, (device = await resolveDevice(reference, assignments)))
    return device
  }

  private times(device: ResolvedDevice, id: string, by: number): number {
    if (!(parameterIds as readonly string[]).includes(id)) this.refuse(`set.${id}`, 'a parameter that `devices show` lists', id)
    const value = device.values[id as ParameterId]
    if (value === undefined) throw new MissingParameter(id as ParameterId, undefined, device.profile.id)
    return value * by
  }

  /** Seed n is one draw of what the device leaves uncertain, the same under every policy; 0 its own values. */
  private values(point: GridPoint, device: ResolvedDevice): DeviceValues {
    const seed = point['seed'] ?? 0
    if (!Number.isInteger(seed) || (seed as number) < 0) this.refuse('seed', 'a whole number from 0', seed)
    if (seed === 0) return device.values
    const key = JSON.stringify([device.profile.id, device.set, seed])
    let values = this.samples.get(key)
    if (values === undefined) this.samples.set(key, (values = sampleDevice(device.profile, device.pinned, seed as number, 1, 'known')[0]!))
    return values
  }

  private synth(point: GridPoint, device: ResolvedDevice) {
    const whole = (name: string, otherwise: number): number => {
      const value = point[name] ?? otherwise
      return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : this.refuse(name, 'a whole number from 1', value)
    }
    if (point['model'] === undefined) this.refuse('base', 'a trace, or a model to synthesise one', Object.keys(point).join(', '))
    return this.maker.synth({ model: modelNamed(this.text(point, 'model')), quant: quantisationNamed(point['quant'] === undefined ? 'int8' : this.text(point, 'quant')), promptTokens: whole('prompt', 128), outputTokens: whole('output', 1), device: device.profile })
  }

  private under(point: GridPoint, prefix: string): Record<string, GridValue> {
    return Object.fromEntries(Object.entries(point).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])))
  }

  private text(point: GridPoint, name: string): string {
    const value = point[name]
    return typeof value === 'string' && value !== '' ? value : this.refuse(name, 'a name', value)
  }

  private refuse(name: string, expected: string, found: unknown): never {
    throw new BadInput({ file: this.file, field: name }, expected, found, 'see schemas/sweep.schema.json')
  }
}

/** A reference with more options, in order of their names. */
function policyReference(reference: string, options: Record<string, GridValue>): string {
  const more = Object.keys(options).sort().map((key) => `${key}=${plain(options[key]!)}`)
  if (more.length === 0) return reference
  return `${reference}${reference.includes('?') ? '&' : '?'}${more.join('&')}`
}

/** As it is written in a table or a reference. */
export const plain = (value: GridValue): string => (typeof value === 'object' ? `×${value.times}` : String(value))

/** Throws `UsageFault` naming the axes when a figure asks for one that is not there. */
export function refuseUnknownAxis(names: readonly string[], asked: readonly (string | undefined)[]): void {
  for (const name of asked) if (name !== undefined && !names.includes(name)) throw new UsageFault(`the figure names ${quoteFound(name)}, which no axis sets`, `axes are ${names.join(', ')}`)
}
