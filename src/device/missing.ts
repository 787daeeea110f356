import { UsageFault } from '../base/errors.js'
import type { ParameterId } from './profile.js'

/** A policy asked for a parameter that the device's profile does not have. */
export class MissingParameter extends UsageFault {
  constructor(
    readonly parameter: ParameterId,
    /** Who asked; filled in where a replay knows. */
    policy?: string,
    device?: string,
  ) {
    super(
      `${policy === undefined ? 'this' : `policy ${policy}`} needs ${parameter}, which ${device === undefined ? 'the device’s profile' : `the profile of ${device}`} does not have`,
      `add it to the profile with its source, or give it: --set ${parameter}=VALUE`,
    )
  }
}
