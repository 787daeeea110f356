import { DEVICE_SCHEMA, type DeviceProfile, type Parameter } from './profile.js'

const structure = (value: number, unit: string, source: string): Parameter => ({ value, unit, spread: null, grade: 'assumed', source, informedBy: [], fixed: true })

/** The id of the device on which every recording was recorded. */
export const RECORDING = 'recording'

/** Whatever machine a recording comes from: it knows the recorded lanes and durations and nothing else, so that no board has to
 *  be described before a recording can be replayed as it ran. What a policy needs beyond that is missing, and refused by name. */
export const recording: DeviceProfile = {
  schema: DEVICE_SCHEMA,
  id: RECORDING,
  title: 'the machine of the recording itself',
  note: 'Knows the recorded lanes, durations and gaps only: `unprotected` with everything resident replays the recording as it was. Costs of protection are given with --set, or by a profile (`devices new`).',
  parameters: {
    'cpu.cores': structure(1, 'lanes', 'as many as ran at one time in the recording, at least one'),
    'cpu.dispatchUs': structure(0, 'µs', 'recorded durations are kept'),
    'memory.pageBytes': structure(4096, 'B', 'the usual page'),
    'memory.sizeGiB': structure(1024, 'GiB', 'unknown: memory never runs out'),
    'memory.pressureGiB': structure(0, 'GiB', 'whatever there was is inside the recorded times'),
    'memory.activationMiB': structure(0, 'MiB', 'allocation is inside the recorded times'),
    'memory.kvBlockTokens': structure(16, 'tokens', 'a block of a paged KV cache'),
    'npu.launchMs': structure(0, 'ms', 'inside the recorded times'),
  },
  choices: { pageAllocation: { value: 'free', options: ['free'], source: 'allocation is inside the recorded times' } },
}
