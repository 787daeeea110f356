import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository, words, worldswitch } from './command.js'

/** What reviewers ask for, and the command that answers it. Commands run in one folder, in order; `npm run reviewers`. */
const questions: readonly { readonly asks: string; readonly answer: string; readonly commands: readonly string[] }[] = [
  {
    asks: 'Switch microbenchmarks',
    answer: 'From a recording: every call into the secure world, its round trips, returns and interrupts, as distributions (emulated machine: the structure is real, the times are no hardware). `worldswitch report` of the same file draws them; `sweep allocation-latency` gives the cost of memory by size and pressure.',
    commands: ['import traces/optee-5000-invokes.ftrace.txt.gz --name switches --emulated', 'traces show switches'],
  },
  { asks: 'Switch counts and cost per inference step', answer: 'World switches and NPU mode switches a decode step, and what they cost, under each policy.', commands: ['synth --model llama-3.1-8b --quant int8 --prompt 128 --output 16', 'compare llama-3.1-8b-int8-p128-o16'] },
  { asks: 'An ablation that separates Flex-Mem/Flex-NPU switching from memory management and pipeline', answer: 'Every combination of the factors in which two policies differ; an NPU at all, page switching, NPU switching, memory management, pipeline and scheduling are rows of their own, and sum exactly.', commands: ['ablate llama-3.1-8b-int8-p128-o16 --from strawman --to flexserve'] },
  { asks: 'Reconfiguration cost accumulated over token generation', answer: 'The report’s table of steps (`switch-counts`, `switch-cost`): each step’s counts and cost, and both cumulated over the tokens.', commands: ['report llama-3.1-8b-int8-p128-o16 --policy optimized-strawman --policy flexserve --out out --name steps'] },
  { asks: 'Error bars', answer: 'Draws of every parameter that its source leaves open, the same for all policies; differences say whether they are beyond what is uncertain.', commands: ['compare llama-3.1-8b-int8-p128-o16 --policy optimized-strawman --policy flexserve --samples 20', 'sensitivity llama-3.1-8b-int8-p128-o16 --policy flexserve --over optimized-strawman'] },
  { asks: 'At which cost the gain is gone', answer: 'A scan, then bisection, for each cost.', commands: ['break-even llama-3.1-8b-int8-p128-o16 --policy flexserve --over optimized-strawman --cost flexMem.allocate8GiBMs --cost npu.submitFlexUs'] },
  { asks: 'Workload and method laid open', answer: 'Workloads are files with their sources; what a replay means is docs/model.md; every parameter has a value, a spread and a source.', commands: ['workloads show agent-chain', 'devices show rk3588-nanopc-t6'] },
  { asks: 'The numbers, so that others can check them', answer: 'A study in one archive; whoever has it replays every cell and compares it to the last digit.', commands: ['sweep ttft-breakdown', 'artifact ttft-breakdown', 'artifact check ttft-breakdown.artifact.zip'] },
  { asks: 'Other devices', answer: 'The same trace on TZ-LLM’s board, and on a phone that is extrapolated and says so; `--device FILE` takes yours.', commands: ['compare llama-3.1-8b-int8-p128-o16 --policy tz-llm --policy flexserve --device rk3588-nanopc-t6 --device rk3588-orangepi5plus --device snapdragon-8-class --no-advice', 'devices check snapdragon-8-class'] },
  { asks: 'What the normal world pays', answer: 'Its work lost to stage-2 translation and the memory denied to it, by cache policy; the page has the figure.', commands: ['sweep normal-world-by-cache --report out'] },
  { asks: 'Is anything exposed to an attacking kernel?', answer: 'The ledgers of pages, masters and NPU against each attacker (docs/audit.md).', commands: ['audit llama-3.1-8b-int8-p128-o16 --policy flexserve'] },
]

const LINES = 40
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-reviewers-'))
try {
  symlinkSync(join(repository, 'traces'), join(folder, 'traces'))
  const parts = ['# What reviewers ask for', 'One command each, with its real output (longer ones are cut). `npm run reviewers` writes this page.']
  for (const { asks, answer, commands } of questions) {
    parts.push(`## ${asks}`, answer)
    for (const command of commands) {
      const { stdout, code } = await worldswitch(words(command), folder)
      if (code !== 0) throw new Error(`${command}: exit ${code}`)
      const lines = stdout.trimEnd().split('\n')
      const shown = [...lines.slice(0, LINES).map((line) => (line.length > 200 ? `${line.slice(0, 200)}…` : line)), ...(lines.length > LINES ? [`… ${lines.length - LINES} more lines`] : [])]
      parts.push(`\`\`\`text\n$ worldswitch ${command}\n${shown.join('\n')}\n\`\`\``)
    }
  }
  writeFileSync(join(repository, 'docs/reviewers.md'), `${parts.join('\n\n')}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
