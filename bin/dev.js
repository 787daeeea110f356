#!/usr/bin/env node
// The command from its source, without a build: node bin/dev.js <verb> …
import { fileURLToPath } from 'node:url'
import { supervised } from './supervise.js'

const argv = process.argv.slice(2)
await supervised(argv, async (options) => {
  const { register } = await import('tsx/esm/api')
  register()
  const { main } = await import('../src/cli/main.ts')
  await main(argv, fileURLToPath(new URL('..', import.meta.url)), { fromSource: true, ...options })
})
