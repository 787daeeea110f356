// The README's first command: the built command's own demo, into reports/out.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { status } = spawnSync(process.execPath, ['bin/run.js', 'demo', '--out', 'reports/out'], { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
