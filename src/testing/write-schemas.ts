import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generateSchemas } from './schemas.js'

for (const [file, text] of generateSchemas()) {
  writeFileSync(fileURLToPath(new URL(`../../schemas/${file}`, import.meta.url)), text)
  console.log(`schemas/${file}`)
}
