import { NO_CODE, type Consent } from '../policy-module/consent.js'
import { resolvePolicy } from '../policy-module/resolve.js'
import { isRecordedOn } from '../../device/recorded-on.js'
import type { DeviceProfile, DeviceValues } from '../../device/profile.js'
import type { Placement } from '../../replay/predict.js'
import { COLD, type Initial } from '../../replay/request-plan.js'
import type { Store } from '../../store/store.js'
import { synthesise, type SynthOptions } from '../../synth/synth.js'
import { hasPrefill } from '../../analysis/as-recorded.js'
import type { Origin } from '../../analysis/origin-line.js'
import { heldPressure } from '../cell.js'
import type { ResolvedDevice } from '../device.js'
import { originOf } from '../origin.js'
import { resolveSubject } from '../resolve-subject.js'
import { traceSubject, type Subject } from '../subject.js'
import { policyOrder, type CellOrder, type PolicyOrder } from './order.js'
import type { ShelfItem } from './shelf.js'

/** What a cell starts from beside subject, policy and device. */
export interface CellState {
  /** Undefined: what the device's sources measured under. */
  readonly pressureBytes?: number | undefined
  readonly initial?: Initial | undefined
  readonly contention?: boolean | undefined
  readonly placement?: Placement | undefined
}

/** What is known of a subject on a device before it is replayed. */
export interface KnownSubject {
  readonly name: string
  readonly origin: Origin
  readonly hasPrefill: boolean
}

/** Makes the orders of a study: every trace, policy and device is resolved once, and what is replayed put on a shelf. */
export class CellMaker {
  readonly shelf = new Map<string, ShelfItem>()
  private readonly subjects = new Map<string, Promise<Subject>>()
  private readonly synthesised = new Map<string, Subject>()
  private readonly policies = new Map<string, Promise<PolicyOrder>>()
  private readonly known = new Map<string, KnownSubject>()

  constructor(
    private readonly store: Store,
    readonly consent: Consent = NO_CODE,
  ) {}

  /** A trace or workload as a user names it. Throws `UsageFault`, `BadInput`. */
  async subject(reference: string, device: DeviceProfile): Promise<Subject> {
    const key = `${reference}\n${device.id}`
    let found = this.subjects.get(key)
    if (found === undefined) this.subjects.set(key, (found = resolveSubject(this.store, reference, device)))
    const subject = await found
    this.put(subject, device)
    return subject
  }

  /** A trace that is made here and not stored: it follows from its options. */
  synth(options: SynthOptions): Subject {
    const { model, quant, promptTokens, outputTokens, device } = options
    const key = [model.id, quant.id, promptTokens, outputTokens, device.id].join()
    let subject = this.synthesised.get(key)
    if (subject === undefined) {
      const trace = synthesise(options)
      subject = traceSubject(trace)
      this.synthesised.set(key, subject)
    }
    this.put(subject, device)
    return subject
  }

  /** Throws `UsageFault` (unknown, impossible, no consent) or `BadInput` (a module). */
  async policy(reference: string): Promise<PolicyOrder> {
    let found = this.policies.get(reference)
    if (found === undefined) this.policies.set(reference, (found = resolvePolicy(reference, this.consent).then((policy) => policyOrder(reference, policy))))
    return found
  }

  /** The subject of an order that was made here. */
  subjectOf({ subject, device }: CellOrder): KnownSubject {
    return this.known.get(knownKey(subject, device.id))!
  }

  /** `values`: a draw of the device's parameters; its own values unless given. Throws `UsageFault`: pressure beyond the board. */
  order(subject: Subject, policy: PolicyOrder, device: ResolvedDevice, state: CellState = {}, values: DeviceValues = device.values): CellOrder {
    const key = knownKey(subject.hash, device.profile.id)
    if (!this.known.has(key)) this.known.set(key, { name: subject.name, origin: originOf(subject, device.profile), hasPrefill: subject.trace === undefined || hasPrefill(subject.trace) })
    return {
      subject: subject.hash,
      policy,
      device: { id: device.profile.id, values, choices: device.choices },
      pressureBytes: heldPressure(device, state.pressureBytes, values),
      initial: state.initial ?? COLD,
      contention: state.contention ?? false,
      here: subject.trace !== undefined && isRecordedOn(subject.trace.header, device.profile),
      placement: state.placement ?? 'policy',
    }
  }

  private put(subject: Subject, device: DeviceProfile): void {
    if (this.shelf.has(subject.hash)) return
    if (subject.trace !== undefined) this.shelf.set(subject.hash, { trace: subject.trace })
    else if (subject.workload !== undefined) this.shelf.set(subject.hash, { workload: subject.workload, device })
  }
}

const knownKey = (subject: string, device: string): string => `${subject}\n${device}`
