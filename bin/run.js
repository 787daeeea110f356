#!/usr/bin/env node
// The built command. The version is answered before anything heavy is loaded: scripts ask for it often.
import { readFileSync } from 'node:fs'

const argv = process.argv.slice(2)
if (argv.length === 1 && ['--version', '-v', 'version'].includes(argv[0])) {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name} ${version}\n`)
} else {
  const { supervised } = await import('./supervise.js')
  await supervised(argv, async (options) => {
    const { fileURLToPath } = await import('node:url')
    const { main } = await import('../dist/cli/main.js')
    await main(argv, fileURLToPath(new URL('..', import.meta.url)), options)
  })
}
