import { writeFileSync } from 'node:fs'
import { formats } from '../formats/index.js'
import { formatsPage } from '../formats/formats-page.js'

writeFileSync(new URL('../../docs/formats.md', import.meta.url), formatsPage(formats))
