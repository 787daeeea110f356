import { UsageFault } from '../base/errors.js'
import type { ParameterId } from './profile.js'

/** Runs `ask`; a parameter that is missing is told with the device's name. */
export function namingDevice<T>(device: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    throw error instanceof MissingParameter ? new MissingParameter(error.parameter, error.policy, device) : error
  }
}

/** A policy asked for a parameter that the device's profile does not have. */
export class MissingParameter extends UsageFault {
  constructor(
    readonly parameter: ParameterId,
    /** Who asked; filled in where a replay knows. */
    readonly policy?: string,
    device?: string,
  ) {
    super(
      `${policy === undefined ? 'this' : `policy ${policy}`} needs ${parameter}, which ${device === undefined ? 'the device’s profile' : `the profile of ${device}`} does not have`,
      `add it to the profile with its source, or give it: --set ${parameter}=VALUE`,
    )
  }
}
