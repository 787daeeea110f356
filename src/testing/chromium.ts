import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Flags under which Chromium opens our page and nothing else: no first run, no updates, no network of its own. */
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Path of a Chromium: `WORLDSWITCH_CHROMIUM`, else on the PATH, else Debian's place. Absent: undefined, with a line
 *  that says what is skipped, or an error where `WORLDSWITCH_REQUIRE_ALL=1` asks for everything. */
export function chromiumPath(what: string): string | undefined {
  const named = process.env.WORLDSWITCH_CHROMIUM
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const places = [
    ...(named === undefined ? [] : [named]),
    ...folders.map((folder) => join(folder, 'chromium')),
    '/usr/bin/chromium',
  ]
  const found = places.find((place) => existsSync(place))
  if (found !== undefined) return found
  if (process.env.WORLDSWITCH_REQUIRE_ALL === '1')
    throw new Error(`${what} needs Chromium (Debian: apt-get install chromium) and it must run here`)
  console.log(`SKIPPED ${what}: no Chromium (Debian: apt-get install chromium, or set WORLDSWITCH_CHROMIUM)`)
  return undefined
}
