import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pairs } from './pairs.js'

const command = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const built = fileURLToPath(new URL('../../oclif.manifest.json', import.meta.url))

/** What starting the built command costs over starting Node: at most 1.2 times for the version, 2.5 for a light verb. */
export async function run(): Promise<void> {
  if (!existsSync(built)) {
    console.log('  not run: build first (npm run build)')
    return
  }
  await pairs('worldswitch --version', start(command, '--version'), 'node -e 0', start('-e', '0'), { rounds: 15, warmUp: 2 })
  for (const verb of ['models', 'formats'])
    await pairs(`worldswitch ${verb}`, start(command, verb), 'node -e 0', start('-e', '0'), { rounds: 15, warmUp: 2 })
}

function start(...args: string[]): () => void {
  return () => {
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
    if (status !== 0) throw new Error(`node ${args.join(' ')}: exit ${status}`)
  }
}
