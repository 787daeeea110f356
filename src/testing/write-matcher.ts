import { writeFileSync } from 'node:fs'
import { matcherCodeText } from './matcher-code.js'

writeFileSync(new URL('../formats/kineto-matcher/matcher-code.ts', import.meta.url), await matcherCodeText())
