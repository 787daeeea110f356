import type { FormatFacts } from './format.js'

/** The page docs/formats.md, out of the same facts that `worldswitch formats` lists. */
export function formatsPage(formats: readonly FormatFacts[]): string {
  const sections = formats.map(
    ({ id, title, source, content, phases, bytes, runtime, command }) => `## ${id}

${title}

| | |
| --- | --- |
| carries | ${content.join(', ')} |
| written by | ${cell(runtime)} |
| phases | ${cell(phases)} |
| bytes and FLOPs | ${cell(bytes)} |
| written down in | ${cell(source)} |

\`\`\`sh
${command}
\`\`\``,
  )
  return `# Formats

What \`worldswitch import\` and \`worldswitch devices fit\` read. A file's format is found by its content. Files may be
compressed with gzip or zstd, except those that a library or program opens itself (SQLite, \`trace.dat\`); \`-\` is standard input (\`adb logcat -d | worldswitch import -\`). Formats that are read as lines may begin
anywhere in a text, in UTF-8 or UTF-16, and what log writers put ahead of each line is taken off: logcat, journald, syslog, dmesg,
stamps, levels, docker compose, CI, line numbers, quotes, margins and code blocks. What is checked of
every recording, and what becomes of what cannot be true: [docs/recordings.md](recordings.md).

- **timeline**: operators with start times. **profile**: durations without starts, laid out in the order of the file
  (start marked \`inferred\`), totals expanded by their counts.
- **rates**: tokens/s, totals, bandwidths. They never become operators: \`worldswitch devices fit --from FILE\`
  lists them, with \`--model M\` it makes device parameters of them ([docs/model.md](model.md#devices)).
- **world-switches**: recorded round trips to the secure world. They are shown and joined, never replayed as operators.
- **structure**: a graph without times, of use beside a timeline: \`worldswitch import TIMELINE --join FILE\`.

| format | carries | written by |
| --- | --- | --- |
${formats.map(({ id, content, runtime }) => `| [${id}](#${id}) | ${content.join(', ')} | ${cell(runtime)} |`).join('\n')}

${sections.join('\n\n')}
`
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
