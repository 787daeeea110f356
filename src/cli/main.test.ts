import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** A command of made-up verbs, each of which ends in one way, run by the real main in a process of its own. */
const verbs = {
  good: "return { schema: 'good/1', db: this.dbPath((await this.parse(this.ctor)).flags) }",
  'bad-input':
    "throw new BadInput({ file: 'a\\u001b[31m.jsonl', line: 3, field: 'op.startNs' }, 'a number', '\\u202etxt', 'write one')",
  usage: "throw new UsageFault('no policy x', 'see policies list')",
  check: "throw new CheckFailed('claim c1 lies outside')",
  bug: "throw new TypeError('x is undefined\\nsecond line')",
  missing: "readFileSync('/nowhere/trace.json')",
  parsed: 'await this.parse(this.ctor)',
  wait: "process.stdout.write('ready\\n'); await new Promise((done) => setTimeout(done, 60_000))",
  flood: "for (;;) { this.log('x'.repeat(1000)); await new Promise((done) => setImmediate(done)) }",
  'topic/first': "this.log('first')",
}
const src = new URL('../', import.meta.url).href
const root = mkdtempSync(join(tmpdir(), 'worldswitch-main-'))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const main = suite('main')

main.before(() => {
  mkdirSync(join(root, 'commands/topic'), { recursive: true })
  const oclif = { commands: './commands', topicSeparator: ' ', topics: { topic: { description: 'a topic' } } }
  const names = { bin: 'worldswitch', dirname: 'worldswitch' }
  const pjson = { name: 'worldswitch', version: '1.2.3', type: 'module', oclif: { ...names, ...oclif } }
  writeFileSync(join(root, 'package.json'), JSON.stringify(pjson))
  for (const [name, body] of Object.entries(verbs))
    writeFileSync(
      join(root, 'commands', `${name}.js`),
      `import { readFileSync } from 'node:fs'
import { BadInput, CheckFailed, UsageFault } from '${src}base/errors.ts'
import { WorldswitchCommand } from '${src}cli/base-command.ts'
import { pressureFlag } from '${src}cli/flags.ts'
export default class Verb extends WorldswitchCommand {
  static summary = '${name}'
  static flags = { pressure: pressureFlag }
  async run() { ${body} }
}`,
    )
})

main.after(() => rmSync(root, { recursive: true, force: true }))

for (const [verb, code, kind] of [
  ['bad-input', 3, 'bad-input'],
  ['usage', 2, 'usage'],
  ['check', 4, 'check-failed'],
  ['bug', 1, 'bug'],
  ['missing', 3, 'bad-input'],
] as const)
  main(`${verb}: exit code ${code}, one line for a person, one object for a script`, async () => {
    const [person, script] = await Promise.all([command(verb), command(verb, '--json')])
    assert.is(person.code, code)
    assert.is(person.out, '')
    assert.is(person.err.trimEnd().split('\n').length, 1)
    assert.match(person.err, /^worldswitch: /)
    assert.not(/\p{Cc}|\u202e/u.test(person.err.trimEnd()), 'control characters in what is printed')
    assert.is(script.code, code)
    assert.is(script.err, '')
    const { schema, error } = JSON.parse(script.out) as { schema: string; error: Record<string, unknown> }
    assert.is(schema, 'worldswitch-error/1')
    assert.is(error['kind'], kind)
    assert.is(error['exitCode'], code)
  })

main('an error keeps its place and hint under --json', async () => {
  const { error } = JSON.parse((await command('bad-input', '--json')).out) as { error: Record<string, unknown> }
  assert.equal(error['place'], { file: 'a\u001b[31m.jsonl', line: 3, field: 'op.startNs' })
  assert.is(error['hint'], 'write one')
})

main('a bug is one line that asks for a report, and the stack only where it is asked for', async () => {
  assert.is((await command('bug')).err, 'worldswitch: bug: TypeError: x is undefined; please report\n')
  assert.match((await command('bug', { WORLDSWITCH_DEBUG: '1' })).err, /\n +at /)
})

main('a wrong flag and a wrong value are usage errors in both forms', async () => {
  for (const args of [['good', '--nope'], ['good', '--pressure', 'lots'], ['good', 'surplus']]) {
    const [person, script] = await Promise.all([command(...args), command(...args, '--json')])
    assert.is(person.code, 2, `${args.join(' ')}: ${person.err}`)
    assert.is(person.err.trimEnd().split('\n').length, 1, person.err)
    assert.is((JSON.parse(script.out) as { error: { kind: string } }).error.kind, 'usage')
  }
  const wrongValue = await command('good', '--pressure', 'lots')
  assert.is(wrongValue.err, 'worldswitch: --pressure: expected a size, found "lots"; write one such as 8GiB\n')
})

main('an unknown verb is refused with a suggestion and waits for nobody', async () => {
  const [person, script] = await Promise.all([command('chekc'), command('chekc', '--json')])
  assert.is(person.code, 2)
  assert.is(person.err, 'worldswitch: chekc is not a worldswitch command; did you mean check?\n')
  assert.is(script.code, 2)
  assert.match((JSON.parse(script.out) as { error: { hint: string } }).error.hint, 'did you mean check?')
})

main('no verb, or a topic without one, shows help to a person and is a fault to a script', async () => {
  for (const args of [[], ['topic']]) {
    const [person, script] = await Promise.all([command(...args), command(...args, '--json')])
    assert.is(person.code, 0, person.err)
    assert.match(person.out, 'USAGE')
    assert.is(script.code, 2)
    assert.is((JSON.parse(script.out) as { error: { kind: string } }).error.kind, 'usage')
  }
  assert.is((await command('topic', 'first')).out, 'first\n')
})

main('the store is --db, else WORLDSWITCH_DB, else worldswitch.db here', async () => {
  const dbOf = async (...args: Parameters<typeof command>) => (JSON.parse((await command(...args)).out) as { db: string }).db
  assert.is(await dbOf('good', '--json'), join(root, 'worldswitch.db'))
  assert.is(await dbOf('good', '--json', { WORLDSWITCH_DB: 'from-env.db' }), join(root, 'from-env.db'))
  assert.is(await dbOf('good', '--json', '--db', 'given.db', { WORLDSWITCH_DB: 'from-env.db' }), join(root, 'given.db'))
})

main('SIGINT ends with 130 and a line', async () => {
  const child = start(['wait'], {})
  child.stdout.once('data', () => child.kill('SIGINT'))
  const ended = await endOf(child)
  assert.is(ended.code, 130)
  assert.match(ended.err, /^worldswitch: interrupted/)
})

main('a reader that goes away ends the command without a word', async () => {
  const child = start(['flood'], {})
  child.stdout.once('data', () => child.stdout.destroy())
  const ended = await endOf(child)
  assert.is(ended.code, 0)
  assert.is(ended.err, '')
})

function command(...args: (string | Record<string, string>)[]): Promise<Ended> {
  const words = args.filter((arg): arg is string => typeof arg === 'string')
  const env = args.find((arg): arg is Record<string, string> => typeof arg === 'object') ?? {}
  return endOf(start(words, env))
}

function start(args: readonly string[], env: Record<string, string>) {
  const script = `import { main } from '${src}cli/main.ts'; await main(process.argv.slice(1), ${JSON.stringify(root)})`
  const { WORLDSWITCH_DB: _db, WORLDSWITCH_DEBUG: _debug, ...clean } = process.env
  return spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script, '--', ...args], {
    cwd: root,
    env: { ...clean, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const tsx = import.meta.resolve('tsx')

function endOf(child: ReturnType<typeof start>): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })))
}

main.run()
