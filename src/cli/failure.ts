import { stripVTControlCharacters } from 'node:util'
import { BadInput, CheckFailed, OutOfBounds, UsageFault, type Place } from '../base/errors.js'
import { printable, printableJson } from '../base/quote.js'

export const errorSchema = 'worldswitch-error/1'

export type FailureKind = 'bad-input' | 'usage' | 'check-failed' | 'interrupted' | 'environment' | 'bug'

/** What a person, or a script under `--json`, is told about an error. */
export interface Failure {
  readonly kind: FailureKind
  readonly message: string
  readonly place?: Place
  readonly hint?: string
  readonly exitCode: number
}

/** Signals that tell a command to stop, and its exit codes then. */
export const stopSignals = { SIGINT: 130, SIGTERM: 143 } as const

/** Thrown by work that was told to stop; what had finished is kept. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  constructor(readonly signal: keyof typeof stopSignals = 'SIGINT') {
    super(`${signal === 'SIGINT' ? 'interrupted' : `ended by ${signal}`}; everything that had finished is kept`)
  }
}

/** A file that is not there or may not be read is the user's; a full disk or a locked store is nobody's bug. */
const systemFaults = new Map<string, readonly [FailureKind, string]>(Object.entries({
  ENOENT: ['bad-input', 'no such file or folder'],
  ENOTDIR: ['bad-input', 'a part of the path is not a folder'],
  EISDIR: ['bad-input', 'expected a file, found a folder'],
  EACCES: ['bad-input', 'permission denied'],
  EPERM: ['bad-input', 'not permitted'],
  ENOSPC: ['environment', 'no space left on the device'],
  EROFS: ['environment', 'the file system is read-only'],
  EMFILE: ['environment', 'too many open files'],
  SQLITE_NOTADB: ['bad-input', 'the store is not a worldswitch database; choose another with --db'],
  SQLITE_CANTOPEN: ['bad-input', 'the store cannot be opened; choose another with --db'],
  SQLITE_READONLY: ['environment', 'the store is read-only'],
  SQLITE_BUSY: ['environment', 'the store is in use by another process; try again'],
  SQLITE_FULL: ['environment', 'no space left on the device'],
  SQLITE_IOERR: ['environment', 'the disk of the store, or of temporary files, is full or cannot be read and written'],
  EIO: ['environment', 'the device cannot be read or written'],
  EDQUOT: ['environment', 'no space left within the quota'],
  EFBIG: ['environment', 'the file would be larger than is allowed'],
}))

/** What an error means, whoever threw it: our own classes, oclif's, Node's, or an unknown one (a bug of ours). */
export function failureOf(error: unknown): Failure {
  if (error instanceof BadInput) {
    const { message, place, hint } = error
    const [kind, exitCode] = error instanceof OutOfBounds ? (['usage', 2] as const) : (['bad-input', 3] as const)
    return { kind, message, place, ...(hint === undefined ? {} : { hint }), exitCode }
  }
  if (error instanceof UsageFault) {
    const { hint } = error
    return { kind: 'usage', message: usageMessage(error.message), ...(hint === undefined ? {} : { hint }), exitCode: 2 }
  }
  if (error instanceof CheckFailed) return { kind: 'check-failed', message: error.message, exitCode: 4 }
  if (error instanceof Interrupted) return { kind: 'interrupted', message: error.message, exitCode: stopSignals[error.signal] }
  if (!(error instanceof Error)) return { kind: 'bug', message: printable(String(error), 300), exitCode: 1 }
  return systemFailure(error) ?? oclifFailure(error) ?? { kind: 'bug', message: bugMessage(error), exitCode: 1 }
}

/** Says it once: under `json` as one object on stdout, otherwise as a line on stderr. Returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const failure = failureOf(error)
  if (json) process.stdout.write(`${printableJson({ schema: errorSchema, error: failure })}\n`)
  else process.stderr.write(`worldswitch: ${humanMessage(failure)}\n`)
  if (process.env['WORLDSWITCH_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  return failure.exitCode
}

function humanMessage({ kind, message }: Failure): string {
  const safe = message
    .split('\n')
    .map((line) => printable(line, 2000))
    .join('\n')
  return kind === 'bug' ? `bug: ${safe}; please report` : safe
}

function systemFailure(error: Error & { code?: unknown; path?: unknown }): Failure | undefined {
  if (typeof error.code !== 'string') return undefined
  const known = systemFaults.get(error.code) ?? systemFaults.get(/^SQLITE_[A-Z]+/.exec(error.code)?.[0] ?? '')
  if (known === undefined) return undefined
  const [kind, said] = known
  const exitCode = kind === 'bad-input' ? 3 : 1
  if (typeof error.path !== 'string') return { kind, message: said, exitCode }
  return { kind, message: `${printable(error.path, 200)}: ${said}`, place: { file: error.path }, exitCode }
}

/** oclif's own errors are all about how the command was used, except a verb that could not be loaded. */
function oclifFailure(error: Error & { oclif?: unknown; code?: unknown }): Failure | undefined {
  if (error.oclif === undefined || error.code === 'MODULE_NOT_FOUND') return undefined
  return { kind: 'usage', message: usageMessage(error.message), hint: 'see --help', exitCode: 2 }
}

/** oclif's several lines as one sentence. */
function usageMessage(message: string): string {
  return stripVTControlCharacters(message)
    .replace(/\n?See more help with --help\s*$/, '')
    .replace(/^Parsing (--\S+)\s*\n\t/, '$1: ')
    .replace(/^command (\S+) not found$/, (_, id: string) => `${id.replaceAll(':', ' ')} is not a worldswitch command`)
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*\n\s*/g, '; ')
    .replace(/:;/g, ':')
}

function bugMessage(error: Error): string {
  const text = error.message === '' ? error.name : error.message
  const line = text.split('\n', 1)[0] ?? ''
  return error.name === 'Error' || line.startsWith(error.name) ? line : `${error.name}: ${line}`
}
