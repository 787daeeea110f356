import { string } from '@oclif/core/args'

export const deviceArg = string({ required: true, description: 'A built-in device, or a profile in JSON.' })
