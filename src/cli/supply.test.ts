import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** What ships with the command, by the lock file, as docs/security.md states it. */
interface Locked {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}
const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8')
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
const locked = Object.entries(packages).filter(([path]) => path !== '')
const shipped = locked.filter(([, one]) => one.dev !== true)
const page = read('docs/security.md')
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

const supply = suite('supply')

supply('every package is held by a hash, and none comes from elsewhere than a registry', () => {
  assert.ok(locked.length > 100)
  assert.equal(locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([path]) => path), [])
  assert.equal(locked.filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')).map(([path]) => path), [])
})

supply('the page names every package that runs a script when it is installed', () => {
  const scripts = shipped.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path, { version }]) => `${nameOf(path)} ${version}`)
  const said = [...page.matchAll(/^\| `([^`]+ \d[^`]*)` \| install script/gm)].map(([, name]) => name!)
  assert.equal(said.sort(), scripts.sort())
})

supply('the page counts the licences of what ships, and all of them are permissive or by file', () => {
  const counts = new Map<string, number>()
  for (const [path, { license }] of shipped) {
    assert.ok(license, `${path} states no licence`)
    counts.set(license, (counts.get(license) ?? 0) + 1)
  }
  const said = [...page.matchAll(/^\| ([^|`]+) \| (\d+) packages? \|$/gm)].map(([, license, count]) => [license!.trim(), Number(count)] as const)
  assert.equal(said.sort(), [...counts].sort())
  const known = /^\(?(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|MPL-2\.0|CC0-1\.0|WTFPL| OR )+\)?$/
  assert.equal([...counts.keys()].filter((license) => !known.test(license)), [])
})

supply.run()
