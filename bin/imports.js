// Checks the folder order of src with dependency-cruiser and prints how much it read: with a TypeScript that it does
// not know it reads nothing and finds no violation, so a count of 0 is a failure.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'
const args = [program, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json']
const { stdout, stderr, error } = spawnSync(process.execPath, args, {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 256 * 2 ** 20,
})
if (error || !stdout.startsWith('{')) {
  console.error(`dependency-cruiser did not answer: ${error?.message ?? stderr}`)
  process.exit(1)
}
const { modules, summary } = JSON.parse(stdout)
const read = modules.filter(({ source }) => source.startsWith('src/')).length
for (const { rule, from, to, cycle } of summary.violations)
  console.log(`${rule.name}: ${from} → ${cycle === undefined ? to : cycle.map(({ name }) => name).join(' → ')}`)
console.log(`${read} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`)
process.exitCode = read === 0 || summary.totalDependenciesCruised === 0 || summary.error > 0 ? 1 : 0
