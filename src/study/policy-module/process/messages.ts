import type { DeviceChoices, DeviceValues } from '../../../device/profile.js'
import type { Factor } from '../../../replay/factors.js'
import type { Placement } from '../../../replay/predict.js'
import type { Initial } from '../../../replay/request-plan.js'
import type { ShelfItem } from '../../cells/shelf.js'
import type { Consent } from '../consent.js'
import type { PolicyFacts } from '../facts.js'
import type { Limits } from './limits.js'

/** What is replayed in a module's process: a setting as data. */
export interface SettingData {
  readonly here: boolean
  readonly placement: Placement | undefined
  readonly values: DeviceValues
  readonly choices: DeviceChoices
  readonly pressureBytes: number
  readonly initial: Initial | undefined
  readonly forgetFrom: number | undefined
  /** Factors whose built-in mechanism stands in place of what the reference says. */
  readonly exchanged: readonly (readonly [factor: Factor, mechanism: string])[]
  /** The source, by a number of its own. */
  readonly item: number
}

/** What a module's process is asked. A replay's source comes along where the process said that it does not have it. */
export type Question = { readonly reference: string; readonly consent: Consent; readonly limits: Limits } & (
  | { readonly kind: 'describe' }
  | { readonly kind: 'replay'; readonly setting: SettingData; readonly item?: ShelfItem }
)

/** What it answers: facts of a policy, a replay as bytes (`crossing.ts`), that it lacks the source, or an error. */
export type Answer =
  | { readonly facts: PolicyFacts }
  | { readonly replayed: Uint8Array }
  | { readonly lacks: number }
  | { readonly error: ErrorData }
  /** It has ended, or was ended, before it answered. */
  | { readonly ended: Ended }

export interface Ended {
  readonly expected: string
  /** What the module did. */
  readonly did: string
  readonly hint?: string
}

/** An error as it crosses; a class that is not known arrives as `other`. */
export type ErrorData =
  | { readonly class: 'bad-input'; readonly place: { readonly file?: string; readonly field?: string }; readonly expected: string; readonly found?: string | number | boolean | null; readonly hint?: string }
  | { readonly class: 'usage' | 'impossible'; readonly message: string }
  | { readonly class: 'missing'; readonly parameter: string; readonly policy?: string }
  | { readonly class: 'other'; readonly message: string }

/** To the thread that watches over modules' processes: a question to the process of a module. */
export interface ToGuard {
  readonly module: string
  readonly question: Question
  readonly port: import('node:worker_threads').MessagePort
  /** Told, when the answer is there, to a thread that waits for it without an event loop. */
  readonly arrived?: Int32Array
}
