// Runs the benches of src/bench (all, or those named): each exports run(), prints both sides and their ratio.
import { readdirSync } from 'node:fs'
import { register } from 'tsx/esm/api'

const names = process.argv.slice(2)
register()
const folder = new URL('../src/bench/', import.meta.url)
const found = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort()
const unknown = names.filter((name) => !found.includes(name))
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are ${found.join(', ')}`)
  process.exit(2)
}
let ran = 0
for (const name of names.length > 0 ? names : found) {
  const bench = await import(new URL(`${name}.ts`, folder).href)
  if (typeof bench.run !== 'function') continue // what benches share
  console.log(`── ${name}`)
  await bench.run()
  ran++
}
if (ran === 0) {
  console.error('nothing to run: none of them exports run()')
  process.exit(1)
}
