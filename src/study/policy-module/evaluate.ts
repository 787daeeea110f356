import { pathToFileURL } from 'node:url'
import { BadInput } from '../../base/errors.js'
import { holdConsent, type Consent } from './consent.js'
import { moduleHash } from './module-text.js'
import { messageOf } from './message-of.js'

/** A user's module, evaluated here, which is a process of its own (`process/module-thread.ts`): its default export and the hash of its
 *  text. Throws `UsageFault`: nobody consented to its code; `BadInput`: unreadable, broken, or without default export. */
export async function evaluateModule(file: string, consent: Consent): Promise<{ value: unknown; hash: string }> {
  holdConsent(file, consent)
  const hash = await moduleHash(file)
  let module: { readonly default?: unknown }
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (error) {
    throw new BadInput({ file }, EXPECTED, messageOf(error))
  }
  if (module.default === undefined) throw new BadInput({ file }, EXPECTED, 'it has no default export')
  return { value: module.default, hash }
}

export const EXPECTED = 'a module that can be loaded, with a default export'
