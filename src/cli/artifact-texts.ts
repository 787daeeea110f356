import { printable } from '../base/quote.js'
import { commandLine } from '../base/shell.js'
import type { PackedStudy } from '../study/artifact/pack.js'

/** What is said of an archive, in it. */
export interface ArtifactAbout {
  readonly study: PackedStudy
  readonly fileName: string
  readonly version: string
  readonly engine: number
  readonly seeds: readonly number[]
  /** Of the study: how it was asked and its cells. */
  readonly hash: string
  readonly members: readonly string[]
}

export const checkCommand = (fileName: string): string => commandLine(['worldswitch', 'artifact', 'check', fileName])

/** The archive's README.md. */
export function artifactReadme({ study, fileName, version, engine, seeds, hash, members }: ArtifactAbout): string {
  const has = (prefix: string): number => members.filter((path) => path.startsWith(prefix)).length
  const rows = [
    ['study.json', 'how the study was asked, and the keys of its cells in order'],
    ['cells.jsonl', 'every cell: what was ordered (all parameters’ values), and its outcome with every window'],
    ...(has('traces/') > 0 ? [['traces/', 'the traces that were replayed, by content hash (worldswitch-trace, JSON Lines)']] : []),
    ...(has('workloads/') > 0 ? [['workloads/', 'the workloads that were replayed, by content hash']] : []),
    ['devices/', 'the device profiles, each parameter with its spread and source'],
    ...(has('policies/') > 0 ? [['policies/', 'policies’ modules, by content hash']] : []),
    ['report/', 'page, Markdown, CSV and LaTeX tables'],
    ['manifest.json', 'versions, seeds, and the SHA-256 of every file'],
    ['CITATION.cff', 'how to cite this'],
  ]
  return `# ${markdown(study.name)}

A study made with worldswitch ${version} (engine ${engine}): \`${study.kind}\`, ${new Set(study.keys).size} cells${seeds.length === 0 ? '' : `, seeds ${seeds.length > 8 ? `${seeds.slice(0, 8).join(', ')}, …` : seeds.join(', ')}`}.
Content hash of the study: \`${hash}\`.

## Run it again and check every byte
\`\`\`
${checkCommand(fileName)}${has('policies/') > 0 ? ' --allow-policy-code' : ''}
\`\`\`
replays every cell from the traces and parameters in here, compares each outcome with the one in here to the last digit, and
makes the report again and compares its bytes. Exit code 0: all the same; 4: something differs, and it says what.

## What is in here
| file | |
|---|---|
${rows.map(([path, says]) => `| \`${path}\` | ${says} |`).join('\n')}
`
}

/** CITATION.cff 1.2.0; texts are JSON strings, which YAML reads as they are. */
export function artifactCitation({ study, version, hash }: ArtifactAbout): string {
  const text = (value: string): string => JSON.stringify(printable(value, 500))
  return `cff-version: 1.2.0
message: "If you use these results, cite this artifact and worldswitch."
type: dataset
title: ${text(`${study.name}: a worldswitch study`)}
authors:
  - name: "The makers of this study"
version: ${text(hash.slice(0, 12))}
identifiers:
  - type: other
    value: ${text(`sha256:${hash}`)}
    description: "Content hash of the study: how it was asked, and the keys of its cells"
references:
  - type: software
    title: "worldswitch: trace-replay performance analysis of secure LLM serving on mobile devices"
    authors:
      - name: "The worldswitch developers"
    version: ${text(version)}
`
}

const markdown = (text: string): string => printable(text, 200).replace(/[\\`*_[\]<>#|]/g, '\\$&')
