import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostileText, reportFixture } from '../testing/report-fixture.js'
import { charts } from './chart.js'
import { html, scriptJson } from './escape.js'
import { renderHtml } from './html.js'

const page = suite('html report')
const hostile = reportFixture({ hostile: true })
const text = await renderHtml(hostile)
const scripts = [...text.matchAll(/<script>([^]*?)<\/script>/g)].map((match) => match[1]!)
const outsideScripts = text.replace(/<script\b[^]*?<\/script>/g, '')

page('two renderings are the same bytes', async () => {
  assert.ok((await renderHtml(reportFixture({ hostile: true }))) === text)
})

page('the policy admits nothing but its own scripts, by hash', () => {
  const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(text)?.[1] ?? ''
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  assert.is(scripts.length, 4, 'three libraries and the page’s own')
  assert.is(
    policy,
    `default-src 'none'; script-src ${hashes.join(' ')}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`,
  )
  assert.ok(text.indexOf('Content-Security-Policy') < text.indexOf('<style'), 'the policy stands before what it governs')
})

page('nothing in it asks for anything outside', () => {
  assert.not.match(outsideScripts, /(?:src|href|action|data|poster|srcset)\s*=\s*["']?(?!#)[^"'#\s>]*\/\//i)
  assert.not.match(outsideScripts, /@import|url\((?!#)|<(?:link|img|iframe|object|embed|base|form|audio|video)\b/i)
  assert.not.match(text, /sourceMappingURL/)
})

page('hostile text stays text', () => {
  assert.not.ok(text.includes(hostileText))
  assert.not.match(outsideScripts, /<img|onerror=alert\(1\)[^&]*"/)
  assert.ok(text.includes(html(`flexible memory and NPU${hostileText}`)))
  assert.ok(text.includes('\\u{202e}'), 'a direction override is shown, not obeyed')
  assert.is((text.match(/<script\b/g) ?? []).length, 5)
  assert.is((text.match(/<\/script>/g) ?? []).length, 5)
})

page('the data that scripts draw is what the tables hold', () => {
  const json = /<script type="application\/json" id="chart-data">([^]*?)<\/script>/.exec(text)?.[1] ?? ''
  const { rows, charts: listed } = JSON.parse(json) as {
    rows: Record<string, { fields: string[]; values: unknown[][] }>
    charts: { id: string; rows: string }[]
  }
  assert.is(listed.length, 2 * charts().length)
  assert.ok(listed.every((chart) => text.includes(`id="${chart.id}"`) && rows[chart.rows]!.values.length > 0))
  const { fields, values } = rows['2 intervals']!
  const unpacked = values.map((row) => Object.fromEntries(fields.map((field, i) => [field, row[i]])))
  assert.equal(unpacked, hostile.cases[1]!.tables.intervals)
})

page('sections stand in their order; every chart has a heading, a drawing and a table', () => {
  const order = [
    'id="basis"',
    'id="case-1"',
    'id="case-2"',
    'id="parameters"',
    'id="policies"',
    'id="warnings"',
    'id="again"',
    'id="words"',
  ].map((id) => text.indexOf(id))
  assert.equal(
    [...order].sort((a, b) => a - b),
    order,
  )
  assert.ok(order.every((at) => at > 0))
  assert.is((outsideScripts.match(/<figure /g) ?? []).length, 2 * charts().length)
  assert.is((text.match(/role="img" aria-label="[^"]+\?[^"]*"><svg/g) ?? []).length, 2 * charts().length)
  const tables = (outsideScripts.match(/<table>/g) ?? []).length
  assert.ok(tables >= 2 * charts().length + 4)
  assert.is((outsideScripts.match(/<caption>/g) ?? []).length, tables)
  const ids = [...outsideScripts.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]!)
  assert.is(new Set(ids).size, ids.length, 'no id twice')
})

page('each case’s first line stands above everything, with what was left out and what must be told', () => {
  const head = text.slice(text.indexOf('<h1>'), text.indexOf('<dl class="setting">'))
  for (const { origin, leftOut, notices } of hostile.cases) {
    assert.ok(head.includes(html(origin.line)), origin.line)
    for (const { policy, reason } of leftOut) assert.ok(head.includes(html(`Left out: ${policy}: ${reason}`)))
    for (const notice of notices) assert.ok(head.includes(`<li>${html(notice)}</li>`))
  }
  assert.match(head, /replayed \/ recorded/)
  assert.not.match(head, /GPU time/, 'nothing ran there')
})

page('what has no prefill has a run time: no word of a first token in its tables and charts', async () => {
  const data = reportFixture()
  const [one] = data.cases
  const tables = { ...one!.tables, comparison: one!.tables.comparison.map((row) => ({ ...row, ttftNs: null, ttftSpeedup: null, runTimeNs: row.e2eNs, runTimeSpeedup: 1 })), intervals: one!.tables.intervals.map((row) => ({ ...row, metric: row.metric === 'TTFT' ? ('first pass' as const) : ('later pass' as const) })), parameters: [] }
  const page = await renderHtml({ ...data, cases: [{ ...one!, title: 'a CNN', hasPrefill: false, carriedOver: [{ policy: 'strawman', reason: 'it would', help: 'say' }], tables }] })
  const from = page.indexOf('<section aria-labelledby="case-1"')
  const section = page.slice(from, page.indexOf('</section>', from))
  assert.match(section, /Where does the run time go\?/)
  assert.match(section, /run time speed/)
  assert.match(section, />strawman \*</)
  assert.not.match(section.replace(/world switches until the first token/g, ''), /TTFT|TPOT|prefill|decode step|first token/)
})

page('the basis says how the numbers came about and what was inferred', () => {
  const basis = text.slice(text.indexOf('id="basis"'), text.indexOf('<nav'))
  assert.match(basis, /Synthetic: computed/)
  assert.match(basis, /Recorded: a real run/)
  assert.match(basis, /phase in 42\.0.% of operators \(rows &#62; 1 means prefill\)/)
})

page('a case without decode steps or warnings has its sections, and says what it does not have', async () => {
  const data = reportFixture()
  const one = data.cases[0]!
  const bare = await renderHtml({
    ...data,
    samples: 0,
    cases: [{ ...one, tables: { ...one.tables, intervals: [], parameters: [] } }],
  })
  assert.match(bare, /Nothing to draw/)
  assert.match(bare, /parameters at their central values/)
  assert.match(bare, /<h2 id="warnings">Warnings<\/h2>\s*<p>None/)
  assert.not.match(bare, /Case 1:/)
})

page('any text is escaped to something without markup, and JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (any) => {
      assert.not.match(html(any), /[<>"'\u2028\u2029]|&(?!#\d+;)/)
      const json = scriptJson({ any })
      assert.not.match(json, /[<>\u2028\u2029]/)
      assert.equal(JSON.parse(json), { any })
    }),
  )
})
page.run()
