import type { Factor } from '../../replay/factors.js'

/** What a member of a mechanism must be. */
export type Member = 'boolean' | 'boolean?' | 'text' | 'method' | 'method?' | 'count' | 'bound' | readonly string[]

/** What a user's mechanism must have beside what all have: by factor and member. A test holds it against the types. */
export const shapes: Readonly<Record<Factor, Readonly<Record<string, Member>>>> = {
  memory: {
    secure: 'boolean',
    reservesKv: 'boolean',
    kernelThreads: 'count',
    regionsPerModel: 'count',
    reserved: 'method?',
    begin: 'method',
    allocate: 'method',
    protect: 'method',
    mapForNpu: 'method',
    release: 'method',
    drain: 'method?',
  },
  npu: {
    usesNpu: 'boolean',
    keepsPlacement: 'boolean?',
    decodesOnNpu: 'boolean',
    needsMap: 'boolean',
    boundary: ['job', 'layer', 'step', 'request'],
    eager: 'boolean',
    take: 'method',
    give: 'method',
    beginStep: 'method',
    submit: 'method',
  },
  residency: { keeps: 'boolean', kv: ['drop', 'keep'], evictions: 'method', spill: 'method?' },
  pipeline: { depth: 'bound', restore: 'method' },
  scheduler: { next: 'method', prefetches: 'boolean', batchesSwitches: 'boolean', prefillFirst: 'boolean' },
  startup: { restoreBytes: 'method', begin: 'method' },
}

/** Undefined: `value` is what it must be; else the words for that. */
export function expectedOf(member: Member, value: unknown): string | undefined {
  if (Array.isArray(member)) return typeof value === 'string' && (member as readonly string[]).includes(value) ? undefined : (member as readonly string[]).join(' or ')
  switch (member) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'boolean?':
      return value === undefined || typeof value === 'boolean' ? undefined : 'true or false, or nothing'
    case 'text':
      return typeof value === 'string' && value !== '' && value.length <= 2000 ? undefined : 'text of 1 to 2000 characters'
    case 'method':
      return typeof value === 'function' ? undefined : 'a function'
    case 'method?':
      return value === undefined || typeof value === 'function' ? undefined : 'a function, or nothing'
    case 'count':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 64 ? undefined : 'a whole number from 0 to 64'
    default:
      return typeof value === 'number' && value >= 1 ? undefined : 'a number from 1, or Infinity'
  }
}
