#!/usr/bin/env node
// The command from its source, without a build: node bin/dev.js <verb> …
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'

register()
const { main } = await import('../src/cli/main.ts')
await main(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url)), { fromSource: true })
