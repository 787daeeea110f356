import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chromiumFlags, chromiumPath } from '../testing/chromium.js'
import { reportFixture } from '../testing/report-fixture.js'
import { charts } from './chart.js'
import { renderHtml } from './html.js'

/** The page as a reader opens it: from a file, in a fresh profile. Nothing may be asked for, nothing may complain. */
const browser = suite('report in Chromium')
const chromium = chromiumPath('the report in a browser')
const dir = mkdtempSync(join(tmpdir(), 'worldswitch-browser-'))
const file = join(dir, 'report.html')
const url = pathToFileURL(file).href
const figures = 2 * charts().length
let open: Browser | undefined

interface Reading {
  readonly scheme?: 'light' | 'dark'
  readonly widthPx?: number
  readonly scripts?: boolean
}

/** Opens the page so, hands it to `check`, then holds that it asked for itself only and logged nothing. */
async function read(
  { scheme = 'light', widthPx = 1100, scripts = true }: Reading,
  check: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await open!.newContext({
    colorScheme: scheme,
    viewport: { width: widthPx, height: 900 },
    javaScriptEnabled: scripts,
  })
  context.setDefaultTimeout(120_000) // a busy machine is no failure
  try {
    const page = await context.newPage()
    const asked: string[] = []
    const said: string[] = []
    page.on('request', (request) => void asked.push(request.url()))
    page.on('console', (message) => void said.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => void said.push(String(error)))
    page.on('dialog', (dialog) => void said.push(`dialog: ${dialog.message()}`))
    await page.goto(url)
    if (scripts) await page.waitForSelector(`html[data-drawn="${figures}"]`, { state: 'attached' })
    await check(page)
    assert.equal(said, [])
    assert.equal(asked, [url])
  } finally {
    await context.close()
  }
}

/** Marks with an area inside every figure's drawing. */
const marksByFigure = (page: Page): Promise<number[]> =>
  page.$$eval('figure .chart', (hosts) =>
    hosts.map(
      (host) =>
        [...host.querySelectorAll('svg .role-mark path, svg .role-mark line')].filter((mark) => {
          const box = mark.getBoundingClientRect()
          return box.width + box.height > 0
        }).length,
    ),
  )
const colours = (page: Page): Promise<{ paper: string; ink: string; bar: string }> =>
  page.evaluate(() => {
    const body = getComputedStyle(document.body)
    const bar = document.querySelector('.chart svg .mark-rect.role-mark path')!
    return { paper: body.backgroundColor, ink: body.color, bar: getComputedStyle(bar).fill }
  })
const overflowPx = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

async function everythingDrawn(page: Page): Promise<void> {
  const marks = await marksByFigure(page)
  assert.is(marks.length, figures)
  assert.ok(
    marks.every((count) => count >= 8),
    `marks a figure: ${marks.join(', ')}`,
  )
  assert.ok((await overflowPx(page)) <= 0, 'no sideways scroll of the page')
}

if (chromium !== undefined) {
  browser.before(async () => {
    writeFileSync(file, await renderHtml(reportFixture({ hostile: true })))
    const { chromium: launcher } = await import('playwright-core')
    open = await launcher.launch({ executablePath: chromium, args: chromiumFlags }) // its profile is new and temporary
  })

  for (const scheme of ['light', 'dark'] as const) {
    browser(`${scheme}: every chart is drawn live, in the scheme’s colours`, () =>
      read({ scheme }, async (page) => {
        await everythingDrawn(page)
        assert.is(
          await page.locator('.chart > div > svg, .chart > div svg').count(),
          figures,
          'live drawings took the place of the static ones',
        )
        const { paper, bar } = await colours(page)
        assert.is(paper, scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 28)')
        assert.is(bar, scheme === 'light' ? 'rgb(11, 83, 148)' : 'rgb(61, 143, 214)')
        assert.is(await page.locator('img, script[src]').count(), 0)
      }),
    )
  }

  browser('print: light even for a dark reader, tables open, nothing cut', () =>
    read({ scheme: 'dark', widthPx: 700 }, async (page) => {
      await page.emulateMedia({ media: 'print' })
      await everythingDrawn(page)
      assert.equal(await colours(page), { paper: 'rgb(255, 255, 255)', ink: 'rgb(27, 31, 36)', bar: 'rgb(11, 83, 148)' })
      const closed = await page.$$eval(
        'details table',
        (tables) => tables.filter((table) => table.getBoundingClientRect().height === 0).length,
      )
      assert.is(closed, 0)
      const cut = await page.$$eval(
        '.table, .chart',
        (boxes) => boxes.filter((box) => getComputedStyle(box).overflowX !== 'visible').length,
      )
      assert.is(cut, 0)
    }),
  )

  browser('a phone: charts as narrow as the page, wide tables scroll in their own box', () =>
    read({ widthPx: 400 }, async (page) => {
      await everythingDrawn(page)
      const wide = await page.$$eval(
        '.chart svg',
        (drawings) => drawings.filter((svg) => svg.getBoundingClientRect().width > 368).length,
      )
      assert.is(wide, 0)
    }),
  )

  browser('a bar tells its figures, hostile names as text', () =>
    read({}, async (page) => {
      const bars = page.locator('#chart-2-ttft-by-cause .mark-rect.role-mark path')
      const policies = await bars.evaluateAll((paths) =>
        paths.map((path) => (Reflect.get(path, '__data__') as { datum: { policy: string } }).datum.policy),
      )
      await bars.nth(policies.findIndex((policy) => policy.startsWith('=mine'))).hover()
      await page.waitForSelector('#vg-tooltip-element.visible')
      const told = await page.locator('#vg-tooltip-element').innerText()
      assert.match(told, /=mine <\/script><img src=x/)
      assert.match(told, /4\.89 ms/)
    }),
  )

  browser('without scripts the static drawings show', () =>
    read({ scripts: false }, async (page) => {
      const boxes = await Promise.all((await page.locator('figure .chart > svg').all()).map((svg) => svg.boundingBox()))
      assert.is(boxes.length, figures)
      assert.ok(boxes.every((box) => box !== null && box.width > 500 && box.height > 100))
    }),
  )
}
browser.after(async () => {
  await open?.close()
  rmSync(dir, { recursive: true, force: true })
})
browser.run()
