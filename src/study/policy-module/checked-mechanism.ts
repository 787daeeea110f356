import { BadInput, BrokenLaw, UsageFault } from '../../base/errors.js'
import { MiB } from '../../base/units.js'
import { bounds } from '../../device/bounds.js'
import type { AnyMechanism, Lowering } from '../../replay/factors.js'
import { causes } from '../../run/causes.js'
import { LONGEST_NS, tooLong } from '../../run/tasks.js'
import { messageOf } from './message-of.js'
import { shapes } from './shape.js'

/** Tasks that one answer of a user's mechanism may write. */
const MOST_TASKS = 4_000_000
/** Of a framework's state: as of a device's checkpoint. */
const MOST_RESTORED_BYTES = bounds['startup.checkpointMiB'].most * MiB
const isTask = (value: unknown, length: number): boolean => Number.isInteger(value) && (value as number) >= -1 && (value as number) < length

/** What each answer must be; methods not named answer with a task. */
const answers: Readonly<Record<string, readonly [expected: string, holds: (value: unknown, args: readonly unknown[], length: number) => boolean]>> = {
  reserved: ['bytes, 0 or more', isBytes],
  restoreBytes: [`bytes, 0 to ${MOST_RESTORED_BYTES}`, (value) => isBytes(value) && (value as number) <= MOST_RESTORED_BYTES],
  next: ['a place in the queue', (value, [queue]) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < (queue as readonly unknown[]).length],
  evictions: [
    'a list of { model, layer, bytes }',
    (value) => Array.isArray(value) && value.every((one: { model?: unknown; layer?: unknown; bytes?: unknown } | null) => one !== null && Number.isInteger(one.model) && Number.isInteger(one.layer) && isBytes(one.bytes)),
  ],
  restore: [
    'a { ready, gate } of tasks for each unit',
    (value, [, units], length) =>
      Array.isArray(value) && value.length === (units as readonly unknown[]).length && value.every((one: { ready?: unknown; gate?: unknown } | null) => one !== null && isTask(one.ready, length) && isTask(one.gate, length)),
  ],
}

function isBytes(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** A user's mechanism whose every answer is looked at: what it throws, returns and writes becomes a `BadInput` that names
 *  the file and the method. */
export function checkedMechanism<M extends AnyMechanism>(mechanism: M, file: string): M {
  const checked: Record<string, unknown> = { ...mechanism }
  for (const [name, member] of Object.entries(shapes[mechanism.factor])) {
    const method = (mechanism as unknown as Record<string, unknown>)[name]
    if ((member === 'method' || member === 'method?') && typeof method === 'function')
      checked[name] = (...args: unknown[]) => called(mechanism, file, name, method as (...args: unknown[]) => unknown, args)
  }
  const { off } = mechanism as { off?: { idleNs: number; end: (...args: unknown[]) => unknown } }
  if (off !== undefined) checked['off'] = { idleNs: off.idleNs, end: (...args: unknown[]) => called(mechanism, file, 'off.end', off.end, args) }
  return checked as unknown as M
}

function called(mechanism: AnyMechanism, file: string, name: string, method: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
  const place = { file, field: `${mechanism.factor}.${name}` }
  const l = args[0] !== null && typeof args[0] === 'object' && 'write' in args[0] ? (args[0] as Lowering) : undefined
  const from = l?.write.length ?? 0
  let answer: unknown
  try {
    if (l !== undefined) l.write.limit = from + MOST_TASKS
    answer = method.apply(mechanism, [...args])
  } catch (error) {
    if (error instanceof BadInput || error instanceof UsageFault || error instanceof BrokenLaw) throw error
    if (error instanceof RangeError && error.message === 'too many tasks') throw new BadInput(place, `at most ${MOST_TASKS} tasks an answer`, 'more')
    throw new BadInput(place, 'an answer', `an error: ${messageOf(error)}`)
  } finally {
    if (l !== undefined) l.write.limit = Infinity
  }
  const length = l?.write.length ?? Infinity
  const [expected, holds] = answers[name] ?? ['the number of a task, -1 for none', (value: unknown) => isTask(value, length)]
  if (!holds(answer, args, length)) throw new BadInput(place, expected, answer)
  if (l !== undefined) checkTasks(l, from, place)
  return answer
}

function checkTasks(l: Lowering, from: number, place: { file: string; field: string }): void {
  const { at, length } = l.write
  for (let t = from; t < length; t++) {
    const durationNs = at.durationNs[t]!
    const what = causes[at.cause[t]!] ?? 'unknown'
    if (durationNs > LONGEST_NS && durationNs < Infinity) throw tooLong()
    if (!Number.isFinite(durationNs) || durationNs < 0) throw new BadInput(place, `a task (${what}) of 0 ns or more`, String(durationNs))
    if (at.mask[t]! > 31) throw new BadInput(place, `a task (${what}) on known resources`, String(at.mask[t]))
    if (!(at.priority[t]! >= 0)) throw new BadInput(place, `a task (${what}) with a rank`, String(at.priority[t]))
    if (what === 'unknown') throw new BadInput(place, 'a task with a known cause', String(at.cause[t]))
    for (const [name, value] of [['bytes', at.bytes[t]!], ['count', at.count[t]!], ['notBeforeNs', at.notBeforeNs[t]!]] as const)
      if (!Number.isFinite(value) || value < 0) throw new BadInput(place, `a task (${what}) with ${name} of 0 or more`, String(value))
  }
}
