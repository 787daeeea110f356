/** The laws of plausibility over every recording, case and fixture that is here, as a Markdown table:
 *  `npx tsx src/testing/plausibility-table.ts [word…]`, of the files whose name holds a word. */
import { printable } from '../base/quote.js'
import { formatNs, formatShare } from '../base/units.js'
import { examineFile, fileSets, filesOf, type ExaminedFile } from './plausibility-files.js'

const words = process.argv.slice(2)
const examined: ExaminedFile[] = []
for (const set of fileSets)
  for (const file of filesOf(set) ?? []) if (words.length === 0 || words.some((word) => file.includes(word))) examined.push(await examineFile(set, file))
const cell = (text: string): string => printable(text, 400).replaceAll('|', '\\|')
console.log('| file | law | ops | time | share | | what |\n| --- | --- | --: | --: | --: | --- | --- |')
for (const { file, doubts } of examined)
  for (const { law, ops, ns, share, isRefused, words: said } of doubts) console.log(`| ${cell(file)} | ${law} | ${ops} | ${formatNs(ns)} | ${formatShare(share)} | ${isRefused ? 'refused' : ''} | ${cell(said)} |`)
const list = (title: string, of: readonly ExaminedFile[]): void => console.log(`\n${of.length} ${title}:\n${of.map(({ file, not }) => `- ${cell(file)}${not === undefined ? '' : `: ${cell(not)}`}`).join('\n')}`)
list('files without a doubt', examined.filter(({ not, doubts }) => not === undefined && doubts.length === 0))
list('files that are no trace', examined.filter(({ not }) => not !== undefined))
