import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../../base/errors.js'
import { policies, policyOf } from '../../policies/policies.js'
import { factors, type Policy } from '../../replay/factors.js'
import { policyLaws } from '../policy-laws.js'
import { consentTo } from './consent.js'
import { resolvePolicy, withMechanisms } from './resolve.js'
import { shapes } from './shape.js'
import { policyTemplate } from './template.js'

/** As a person names it. */
const allowed = (reference: string): Promise<Policy> => resolvePolicy(reference, consentTo([reference]))

const test = suite<{ folder: string }>('policy modules')
test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-policies-'))
})
test.after.each(({ folder }) => rm(folder, { recursive: true }))

async function moduleOf(folder: string, text: string, name = 'mine.mjs'): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}
/** A policy like flexserve with one mechanism, given as text; `inner` is the built-in one's methods spelt again. */
const withPart = (factor: string, part: string): string =>
  `export default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'llm-aware', pipeline: 'layered', scheduler: 'multi-model', startup: 'resident', ${factor}: ${part} }\n`
const startup = (body: string): string => withPart('startup', `{ factor: 'startup', id: 'own', version: 1, summary: 's', source: 't', restoreBytes: () => 0, begin(l, after) { ${body} } }`)
const memory = (methods: string): string =>
  withPart(
    'memory',
    `{ factor: 'memory', id: 'own', version: 1, summary: 's', source: 't', provides: ['secure-pages', 'page-granular', 'recallable'], secure: true, reservesKv: false, kernelThreads: 1, regionsPerModel: 0,
  begin: () => -1,
  allocate: (l, { id }, after) => l.write.add({ cause: 'allocate', mask: l.words.resource.KERNEL, rank: l.words.rank.allocate, durationNs: 10, extent: id, effect: l.words.effect.allocated }, after),
  protect: (l, { id }, after) => l.write.add({ cause: 'protect', mask: l.words.resource.KERNEL, rank: l.words.rank.protect, durationNs: 10, extent: id, effect: l.words.effect.unmapped | l.words.effect.invalidated }, after),
  mapForNpu: () => -1,
  release: (l, { id }, after, rank) => l.write.add({ cause: 'unprotect', mask: l.words.resource.KERNEL, rank, durationNs: 10, extent: id, effect: l.words.effect.scrubbed | l.words.effect.remapped | l.words.effect.freed }, after),
  ${methods} }`,
  )

for (const { id } of policies)
  test(`${id} keeps every law`, () => {
    assert.equal(policyLaws(policyOf(id)).filter(({ held }) => !held), [])
  })

test('the template keeps every law, with options and without; its content is part of its name', async ({ folder }) => {
  const file = await moduleOf(folder, policyTemplate('mine'))
  for (const reference of [file, `${file}?layers=9`]) {
    const policy = await allowed(reference)
    assert.match(policy.id, /^mine\.mjs#[0-9a-f]{12}(\?layers=9)?$/)
    assert.equal(policyLaws(policy).filter(({ held }) => !held), [])
  }
  const edited = await moduleOf(folder, `${policyTemplate('mine')}// edited\n`)
  assert.is.not((await allowed(edited)).id, (await allowed(await moduleOf(folder, policyTemplate('mine'), 'same.mjs'))).id.replace('same', 'mine'))
})

test('a memory mechanism of one’s own keeps every law too', async ({ folder }) => {
  assert.equal(policyLaws(await allowed(await moduleOf(folder, memory('')))).filter(({ held }) => !held), [])
})

test('what a module must have is what built-in mechanisms have', () => {
  for (const { id } of policies) {
    const policy = policyOf(id)
    for (const factor of factors) {
      const general = ['factor', 'id', 'version', 'summary', 'source', 'provides', 'needs', 'builtWith', 'promises', 'off']
      const members = Object.keys(policy[factor]).filter((name) => !general.includes(name))
      assert.equal(members.filter((name) => shapes[factor][name] === undefined), [], `${id} ${factor}`)
      assert.equal(Object.entries(shapes[factor]).filter(([name, member]) => member !== 'method?' && member !== 'boolean?' && !members.includes(name)), [], `${id} ${factor}`)
    }
  }
})

/** Modules that are no policy: what is wrong, the text, what is said. */
const malformed: readonly (readonly [string, string, RegExp])[] = [
  ['no JavaScript', 'export default {{', /a module that can be loaded/],
  ['throws as it is loaded', "throw new Error('no such luck')", /no such luck/],
  ['never done loading', 'for (;;) ;', /still loading after 10 s/],
  ['without default export', 'export const policy = 1', /no default export/],
  ['not an object', 'export default 7', /default: expected a policy: .*found 7/],
  ['a factor left out', "export default { id: 'x', summary: 's', source: 't', memory: 'flex-mem' }", /npu: expected the id of a built-in mechanism \(none, shared-unprotected/],
  ['an unknown mechanism', withPart('npu', "'flex-npo'"), /npu: expected a built-in mechanism.*did you mean "flex-npu"/],
  ['an option that there is not', withPart('npu', "'flex-npu?size=3'"), /has no option "size"/],
  ['a member left out', withPart('scheduler', "{ factor: 'scheduler', id: 'own', version: 1, summary: 's', source: 't', next: () => 0, prefetches: true, batchesSwitches: true }"), /scheduler.prefillFirst: expected true or false/],
  ['a version that is none', withPart('scheduler', "{ factor: 'scheduler', id: 'own', version: 'new', summary: 's', source: 't' }"), /scheduler.version: expected a whole number from 1, found "new"/],
  ['a capability that there is not', withPart('startup', "{ factor: 'startup', id: 'own', version: 1, summary: 's', source: 't', needs: ['luck'], restoreBytes: () => 0, begin: () => -1 }"), /startup.needs: expected a list of plain-pages/],
  ['a function that throws', "export default () => { throw new Error('\\u001b[31mred') }", /default: expected a policy, found/],
]
for (const [what, text, said] of malformed)
  test(`refused in one line: ${what}`, async ({ folder }) => {
    try {
      await allowed(await moduleOf(folder, text))
      assert.unreachable()
    } catch (error) {
      assert.ok(error instanceof BadInput || error instanceof UsageFault, String(error))
      assert.match((error as Error).message, said)
      assert.not.match((error as Error).message, /\n|\u001b/)
    }
  })

test('an impossible combination is refused with its reason', async ({ folder }) => {
  const file = await moduleOf(folder, withPart('memory', "'none'"))
  try {
    await allowed(file)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /cannot exist: npu flex-npu needs pages that the normal world cannot reach/)
  }
})

/** Policies that misbehave as they are replayed: the method is named. */
const misbehaving: readonly (readonly [string, string, RegExp])[] = [
  ['throws', startup("throw new Error('oh dear')"), /mine\.mjs: startup\.begin: expected an answer, found "an error: oh dear"/],
  ['answers NaN', startup('return NaN'), /startup\.begin: expected the number of a task, -1 for none/],
  ['answers with a task that there is not', startup('return 99999999'), /startup\.begin: expected the number of a task/],
  ['writes a task of NaN ns', startup("return l.write.add({ cause: 'framework-init', mask: 1, rank: 1, durationNs: NaN }, after)"), /startup\.begin: expected a task \(framework-init\) of 0 ns or more, found "NaN"/],
  ['writes a task of negative time', startup("return l.write.add({ cause: 'framework-init', mask: 1, rank: 1, durationNs: -5 }, after)"), /of 0 ns or more, found "-5"/],
  ['writes tasks without end', startup("for (;;) l.write.add({ cause: 'wait', mask: 0, rank: 1, durationNs: 0 }, after)"), /startup\.begin: expected at most 4000000 tasks an answer/],
  ['waits for itself', startup("const t = l.write.add({ cause: 'wait', mask: 1, rank: 1, durationNs: 1 }, after); l.write.dependsOn(t, t); return t"), /expected a policy whose tasks can all run/],
  ['gives back what is no list', withPart('residency', "{ factor: 'residency', id: 'own', version: 1, summary: 's', source: 't', keeps: true, kv: 'keep', evictions: () => 'all' }"), /residency\.evictions: expected a list of/],
]
for (const [what, text, said] of misbehaving)
  test(`named when it ${what}`, async ({ folder }) => {
    const policy = await allowed(await moduleOf(folder, text))
    try {
      policyLaws(policy)
      assert.unreachable()
    } catch (error) {
      assert.ok(error instanceof BadInput, String(error))
      assert.match(error.message, said)
      assert.not.match(error.message, /\n/)
    }
  })

test('stopped when it loops for ever', async ({ folder }) => {
  const policy = await allowed(await moduleOf(folder, startup('for (;;) ;')))
  process.env['WORLDSWITCH_POLICY_SECONDS'] = '1'
  try {
    policyLaws(policy)
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof BadInput, String(error))
    assert.match(error.message, /mine\.mjs: expected a replay within 1 s, found "none"; a mechanism may loop for ever/)
  } finally {
    delete process.env['WORLDSWITCH_POLICY_SECONDS']
  }
})

test('built-in mechanisms take the place of a module’s own; options of the module stay its own', async ({ folder }) => {
  const file = await moduleOf(folder, policyTemplate('mine'))
  const policy = await allowed(`${file}?layers=9&with.npu=co-driver&with.pipeline=layered?allocate=before;outstanding=8`)
  assert.is(policy.npu.id, 'co-driver')
  assert.is(policy.residency.id, 'first-layers')
  assert.match(policy.pipeline.summary, /allocation before/)
  assert.is(withMechanisms(`${file}?layers=9&with.npu=none`, [['npu', 'co-driver'], ['pipeline', 'layered?a=1&b=2']]), `${file}?layers=9&with.npu=co-driver&with.pipeline=layered?a=1;b=2`)
  for (const [query, message] of [['with.gpu=x', /with\.gpu: there is no such factor; factors are memory/], ['with.npu=nope', /npu: expected a built-in mechanism/], ['with.memory=none', /cannot exist/]] as const) {
    try {
      await allowed(`${file}?${query}`)
      assert.unreachable(query)
    } catch (error) {
      assert.match((error as Error).message, message)
    }
  }
})

/** Policies that break a law: which one, and nothing else. */
const lawless: readonly (readonly [string, string, RegExp])[] = [
  ['answers differently each time', "let calls = 0\n" + startup("return l.write.add({ cause: 'framework-init', mask: 1, rank: 1, durationNs: ++calls }, after)"), /the same replay twice/],
  ['never gives back', memory('release: (_l, _extent, after) => after,'), /ledger ends empty/],
  ['frees twice', memory("release: (l, { id }, after, rank) => { const free = (on) => l.write.add({ cause: 'unprotect', mask: 8, rank, durationNs: 1, extent: id, effect: l.words.effect.freed }, on); return free(free(after)) },"), /bytes are conserved/],
  ['forgets to allocate', memory('allocate: (_l, _extent, after) => after,'), /bytes are conserved/],
  [
    'lets ops start before their weights',
    withPart('pipeline', "{ factor: 'pipeline', id: 'own', version: 1, summary: 's', source: 't', depth: Infinity, restore: (l, units, after) => units.map(({ content, layer, bytes }) => { const x = l.extent(content, layer, bytes); const a = l.allocate(x, after); l.write.add({ cause: 'flash-read', mask: 4, rank: 2, durationNs: bytes, layer, extent: x.id, effect: l.words.effect.loaded }, a); return { ready: a, gate: a } }) }"),
    /weights are there before they are used/,
  ],
]
for (const [what, text, law] of lawless)
  test(`caught by its law: it ${what}`, async ({ folder }) => {
    const broken = policyLaws(await allowed(await moduleOf(folder, text))).filter(({ held }) => !held)
    assert.is(broken.length, 1, JSON.stringify(broken))
    assert.match(broken[0]!.law, law)
  })

test.run()
