import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, BrokenLaw, CheckFailed, UsageFault } from '../base/errors.js'
import { failureOf, Interrupted } from './failure.js'

const failure = suite('failure')
const coded = (code: string, path?: string) => Object.assign(new Error('x'), { code, ...(path === undefined ? {} : { path }) })

failure('each kind of error has its exit code', () => {
  for (const [error, kind, exitCode] of [
    [new BadInput({ file: 'f' }, 'x'), 'bad-input', 3],
    [new UsageFault('x'), 'usage', 2],
    [new CheckFailed('x'), 'check-failed', 4],
    [new Interrupted(), 'interrupted', 130],
    [new BrokenLaw('x'), 'bug', 1],
    [new Error('x'), 'bug', 1],
    ['thrown text', 'bug', 1],
    [undefined, 'bug', 1],
    [coded('ENOENT', 'f'), 'bad-input', 3],
    [coded('ENOSPC'), 'environment', 1],
    [coded('SQLITE_BUSY_SNAPSHOT'), 'environment', 1],
    [coded('SQLITE_CONSTRAINT'), 'bug', 1],
    [Object.assign(new Error('Nonexistent flag: --x\nSee more help with --help'), { oclif: { exit: 2 } }), 'usage', 2],
  ] as const) {
    const found = failureOf(error)
    assert.is(found.kind, kind, String(error))
    assert.is(found.exitCode, exitCode, String(error))
  }
})

failure('oclif’s several lines become one', () => {
  const message = 'Missing 1 required arg:\n\u001b[1mtrace\u001b[22m  A stored trace\nSee more help with --help'
  assert.is(failureOf(Object.assign(new Error(message), { oclif: {} })).message, 'Missing 1 required arg: trace  A stored trace')
})

failure('any error gives a failure that JSON can carry, without a stack', () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string()), (message, code) => {
      const error = Object.assign(new Error(message), code === null ? {} : { code })
      const found = failureOf(error)
      assert.equal(JSON.parse(JSON.stringify(found)), found)
      assert.not.match(JSON.stringify(found), /failure\.test/)
    }),
  )
})

failure.run()
