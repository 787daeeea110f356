import fc from 'fast-check'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TimelineRow } from '../analysis/tables.js'
import { hostileText, reportFixture } from '../testing/report-fixture.js'
import { cellText } from './cells.js'
import { coalesced } from './coalesce.js'
import { tableNames } from './columns.js'
import { renderCsv } from './csv.js'
import { fenced, markdown } from './escape.js'
import { renderMarkdown } from './markdown.js'
import { writeReport } from './write.js'

const data = reportFixture()
const hostile = reportFixture({ hostile: true })

const csv = suite('csv')
csv('raw values under the fields’ own names, a case a row', () => {
  const lines = renderCsv(data, 'intervals').trimEnd().split('\n')
  assert.is(lines[0], 'case,metric,policy,order,valueNs,lowNs,highNs,stressLowNs,stressHighNs')
  assert.is(lines.length, 1 + 2 * 8)
  assert.is(lines[2], '"Test-8B int8, prompt 128, output 17",TPOT,unprotected,0,251000000,225900000,281120000,175700000,351400000')
})
csv('what a spreadsheet would run is text', () => {
  assert.match(renderCsv(hostile, 'comparison'), /,'=mine <\/script>/)
  assert.match(renderCsv(data, 'parameters'), /"'=HYPERLINK\(""x""\) yield/)
  for (const opener of ['=1+1', '+1', '-2+3', '@SUM(A1)', ' =1', '\t=1', '\uFF1D1']) {
    const spread = { ...data.cases[0]!.tables.parameters[0]!, spread: opener }
    const one = { ...data.cases[0]!, tables: { ...data.cases[0]!.tables, parameters: [spread] } }
    assert.match(renderCsv({ ...data, cases: [one] }, 'parameters'), /,"?'/, JSON.stringify(opener))
  }
})
csv('a negative number stays a number', () => {
  const row = { ...data.cases[0]!.tables.intervals[0]!, lowNs: -5 }
  const one = { ...data.cases[0]!, tables: { ...data.cases[0]!.tables, intervals: [row] } }
  assert.match(renderCsv({ ...data, cases: [one] }, 'intervals'), /,-5,/)
})
csv.run()

const text = suite('markdown')
text('the page’s words and tables, the same twice', () => {
  const report = renderMarkdown(data)
  assert.is(report, renderMarkdown(reportFixture()))
  for (const heading of [
    '# Test data',
    '## What these numbers rest on',
    '## Case 1: Test-8B',
    '### Where does the TTFT go?',
    '## Parameters',
    '## Policies',
    '## Warnings',
    '## How to make',
    '## What the words mean',
  ])
    assert.ok(report.includes(`\n${heading}`) || report.startsWith(heading), heading)
  assert.match(report, /\| strawman \| 41\.02 s \| 0\.10× \|/)
})
text('every table row has its header’s number of cells', () => {
  let cells = 0
  for (const line of renderMarkdown(hostile).split('\n')) {
    if (!line.startsWith('|')) cells = 0
    else {
      const found = line.replace(/\\\|/g, '').split('|').length
      if (cells !== 0) assert.is(found, cells, line)
      cells = found
    }
  }
})
text('hostile text is neither HTML nor markup', () => {
  assert.not.match(renderMarkdown(hostile).replace(/```[^]*?```/g, ''), /<|alert\(1\)/)
  assert.is(markdown('a|b `c` [d](e) *f* 1. g'), 'a\\|b \\`c\\` \\[d\\]\\(e\\) \\*f\\* 1. g')
  assert.is(markdown('- x'), '\\- x')
  assert.is(markdown('12. x'), '12\\. x')
  assert.is(markdown('12.5 s'), '12.5 s')
  assert.not.match(markdown('see https://x.example'), /:\/\//)
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (any) => assert.not.match(markdown(any), /[<>\n\r]|(?<!\\)(?:\\\\)*\|/)))
})
text('a command cannot close its code block', () => {
  const block = fenced(`a\n\`\`\`\`\n${hostileText}`, 'sh')
  assert.ok(block.startsWith('`````sh\n') && block.endsWith('\n`````'))
  const inside = block.split('\n').slice(1, -1)
  assert.is(inside[1], '````')
  assert.ok(inside.every((line) => !line.startsWith('`````')), 'the lines stay lines, and none of them is the fence')
})
text.run()

const cells = suite('cells')
cells('people’s units', () => {
  assert.is(cellText(3_918_400_000, 'ns'), '3.918 s')
  assert.is(cellText(0.0032, 'share'), '0.32 %')
  assert.is(cellText(10.06, 'ratio'), '10.1×')
  assert.is(cellText(2_090_000, 'count'), '2\u202f090\u202f000')
  assert.is(cellText(0.125, 'count'), '0.125')
  assert.is(cellText(1.2e-5, 'number'), '0.0000120')
  assert.is(cellText(null, 'ns'), '–')
  assert.is(cellText(NaN, 'ns'), '–')
  assert.is(cellText(true, 'flag'), 'yes')
})
cells('a timeline of slivers becomes bars that cover the same time', () => {
  const piece = (startNs: number, more: Partial<TimelineRow> = {}): TimelineRow => ({
    policy: 'p',
    order: 0,
    lane: 'cpu 0',
    laneOrder: 0,
    cause: 'decrypt',
    family: 'restore',
    layer: 0,
    startNs,
    endNs: startNs + 10,
    ...more,
  })
  const pieces = Array.from({ length: 5000 }, (_, i) => piece(i * 10))
  assert.equal(coalesced(pieces), [piece(0, { endNs: 50_000 })])
  assert.equal(coalesced([...pieces].reverse()), [piece(0, { endNs: 50_000 })])
  assert.is(coalesced([...pieces, piece(50_000, { layer: 1 }), piece(90_000)]).length, 3, 'layers and gaps stay apart')
  assert.is(pieces[0]!.endNs, 10, 'the rows given stay as they were')
})
cells.run()

const files = suite('report files')
files('all of them, whole, in a folder made for them', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'worldswitch-report-'))
  try {
    const written = await writeReport(data, join(dir, 'made', 'here'), 'demo')
    assert.equal(
      written.map((path) => basename(path)),
      ['demo.html', 'demo.md', ...tableNames.map((table) => `demo.${table}.csv`)],
    )
    assert.equal(readdirSync(join(dir, 'made', 'here')).sort(), written.map((path) => basename(path)).sort())
    assert.is(readFileSync(written[1]!, 'utf8'), renderMarkdown(data))
    for (const name of ['', '../out', 'a/b', '.hidden']) {
      let said = ''
      await writeReport(data, dir, name).catch((error: unknown) => (said = String(error)))
      assert.match(said, /file name without folders/, name)
    }
    assert.not.ok(existsSync(join(dir, '..', 'out.html')))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
files.run()
