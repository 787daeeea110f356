// Builds dist and oclif.manifest.json (verbs and flags, so that starting a verb reads no other one).
// Types are checked here too: an error stops the build.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

rmSync(`${root}/dist`, { recursive: true, force: true })
rmSync(`${root}/oclif.manifest.json`, { force: true })
run([require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'])
writeFileSync(`${root}/oclif.manifest.json`, `${JSON.stringify(await manifest(), null, 2)}\n`)

/** What `oclif manifest` writes, without its network check. */
async function manifest() {
  const { Plugin } = await import('@oclif/core/config')
  const strict = { ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true }
  const plugin = new Plugin({ root, type: 'core', ...strict })
  await plugin.load()
  if (Object.keys(plugin.manifest.commands).length === 0) throw new Error('no verbs found')
  return plugin.manifest
}

function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
