import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'

/** The folder `reports/`: as deep below `dist/` as below `src/`. */
const reportsUrl = new URL('../../reports/', import.meta.url)
const CHART = '.vl.json'

/** A text file of `reports/` (`page.html`). */
export const reportFile = (name: string): string => readFileSync(new URL(name, reportsUrl), 'utf8')
export const fontPath = (): string => fileURLToPath(new URL('fonts/DejaVuSans.ttf', reportsUrl))

/** Every chart spec: name without suffix, JSON text; by name. */
export function chartFiles(): readonly (readonly [name: string, json: string])[] {
  return readdirSync(reportsUrl)
    .filter((file) => file.endsWith(CHART))
    .sort()
    .map((file) => [file.slice(0, -CHART.length), reportFile(file)] as const)
}

/** The browser builds of the chart libraries, in the order they must run. Their source-map comments go: the page
 *  may not even try to load anything. */
export function chartLibraries(): readonly string[] {
  const require = createRequire(import.meta.url)
  return ['vega', 'vega-lite', 'vega-embed'].map((name) => {
    // each entry point lies in the package's build folder, beside the browser build
    const build = dirname(require.resolve(name))
    return readFileSync(join(build, `${name}.min.js`), 'utf8')
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
      .trimEnd()
  })
}
