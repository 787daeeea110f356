import { resolve } from 'node:path'
import { UsageFault } from '../../base/errors.js'

/** Which users' modules may be evaluated here, by absolute path: a module is code. Whoever is given none evaluates none. */
export interface Consent {
  readonly modules: readonly string[]
}

/** To nothing: what a caller that says nothing has. */
export const NO_CODE: Consent = { modules: [] }

/** Whether a reference names a file: `./my-policy.mjs`, with options behind `?`. */
export const isModuleReference = (reference: string): boolean => /\.m?js$/.test(fileOf(reference))
export const fileOf = (reference: string): string => reference.split('?')[0]!

/** To the modules among these references, which a person has named himself: on a command line, or in a file whose code he
 *  allowed in so many words. What an archive, a job or a store says is no consent. */
export const consentTo = (references: readonly (string | undefined)[]): Consent => ({ modules: references.flatMap((one) => (one !== undefined && isModuleReference(one) ? [resolve(fileOf(one))] : [])) })

/** Throws `UsageFault`: the reference names a module to which nobody consented. The one place that decides; whatever evaluates a
 *  module has come by here. */
export function holdConsent(reference: string, { modules }: Consent): void {
  if (isModuleReference(reference) && !modules.includes(resolve(fileOf(reference))))
    throw new UsageFault(`the policy ${fileOf(reference)} is a module, whose code would run here`, 'look at it, then name it on the command line, or give --allow-policy-code where there is that flag')
}

/** Every text in a value as JSON has it: among them the references of a grid or a study. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
