import { phaseIndex } from '../trace/words.js'
import type { RunSaid, Runs } from './runs.js'

/** What an annotation says of the forward pass that it spans. */
export interface PassSaid extends RunSaid {
  readonly rule: 'vllm-annotation' | 'sglang-annotation' | 'profiler-step'
  /** The profiler's number of the step; -1: none. */
  readonly number: number
}

/** `execute_<tokens>_context_<n>(sq…)_generation_<m>(sq…)` of vLLM (n prompts of `sq` tokens together, m sequences that generate),
 *  `step[EXTEND bs=4 toks=4096]`, `step[DECODE bs=32]` of SGLang, `ProfilerStep#7` of PyTorch; undefined for any other name. A batch of
 *  both kinds counts as prefill. */
export function passOf(name: string): PassSaid | undefined {
  const vllm = /^execute_(?:\d+_)?context_(\d+)\((?:sq)?(\d*)[^)]*\)_generation_(\d+)/.exec(name)
  if (vllm !== null) {
    const prompts = countOf(vllm[1])
    const generating = countOf(vllm[3])
    const phase = prompts > 0 ? phaseIndex.prefill : generating > 0 ? phaseIndex.decode : 0
    return { rule: 'vllm-annotation', phase, tokens: ofEach(countOf(vllm[2]), prompts), batch: prompts + generating, isMixed: prompts > 0 && generating > 0, number: -1 }
  }
  const sglang = /^step\[(\w+)(?=[\s\]])[^\]]*\]/.exec(name)
  if (sglang !== null) {
    const word = sglang[1]!.toUpperCase()
    const phase = word === 'DECODE' ? phaseIndex.decode : /EXTEND|PREFILL|MIXED/.test(word) ? phaseIndex.prefill : 0
    const batch = countOf(/\bbs=(\d+)/.exec(name)?.[1])
    const tokens = phase === phaseIndex.prefill ? ofEach(countOf(/\btoks?=(\d+)/.exec(name)?.[1]), Math.max(1, batch)) : 0
    return { rule: 'sglang-annotation', phase, tokens, batch, isMixed: word === 'MIXED', number: -1 }
  }
  const step = /^ProfilerStep#(\d+)$/.exec(name)
  return step === null ? undefined : { rule: 'profiler-step', phase: 0, tokens: 0, batch: 0, isMixed: false, number: countOf(step[1]) }
}

function countOf(digits: string | undefined): number {
  const count = Number(digits ?? 0)
  return Number.isSafeInteger(count) && count < 2 ** 32 ? count : 0
}

/** The mean, at least 1 where there is anything. */
const ofEach = (sum: number, parts: number): number => (sum === 0 || parts === 0 ? 0 : Math.max(1, Math.round(sum / parts)))

interface Pass {
  readonly startNs: number
  endNs: number
  said: PassSaid | undefined
}

/** Forward passes by the time they began: which pass was on at a moment. */
export class Passes {
  rule = 'gemm-rows'
  private passes: Pass[] = []
  private isOrdered = true

  add(startNs: number, endNs: number, said?: PassSaid): void {
    this.passes.push({ startNs, endNs, said })
    this.isOrdered = false
  }

  get length(): number {
    return this.passes.length
  }

  /** In order of time. One inside another, or that shares half of the shorter one with it (processes side by side), is the same pass. */
  order(): void {
    if (this.isOrdered) return
    const sorted = this.passes.sort((a, b) => a.startNs - b.startNs || b.endNs - a.endNs)
    this.passes = []
    let last: Pass | undefined
    for (const pass of sorted) {
      if (last !== undefined && isSame(last, pass)) {
        last.endNs = Math.max(last.endNs, pass.endNs)
        if ((last.said?.phase ?? 0) === 0) last.said = pass.said ?? last.said
      } else this.passes.push((last = pass))
    }
    this.isOrdered = true
  }

  /** Where steps are counted from the beginning again. */
  restarts(): number[] {
    this.order()
    return this.passes.filter(({ startNs, said }, i) => {
      const before = this.passes[i - 1]
      return before?.said !== undefined && said !== undefined && said.number >= 0 && said.number <= before.said.number && startNs >= before.endNs
    }).map(({ startNs }) => startNs)
  }

  /** Makes sure that a pass begins in each of the times that begin at `starts`. */
  cover(starts: readonly number[]): void {
    this.order()
    if (starts.length > 0 && this.length === 0) this.add(-Infinity, starts[0]!)
    for (const [i, ns] of starts.entries()) {
      const endNs = starts[i + 1] ?? Infinity
      if (!this.passes.some(({ startNs }) => startNs >= ns && startNs < endNs)) this.add(ns, endNs)
    }
    this.order()
  }

  /** Ends the adding; writes what the passes say into `runs`, one run a pass (one in all when there is none). With the first pass at one
   *  of `starts` or behind it another recording begins. */
  sortInto(runs: Runs, starts: readonly number[] = []): void {
    this.cover(starts)
    runs.reach(Math.max(0, this.length - 1))
    for (const [run, { said }] of this.passes.entries()) if (said !== undefined) runs.say(run, said)
    for (const ns of starts) {
      const run = this.passes.findIndex(({ startNs }) => startNs >= ns)
      if (run >= 0) runs.begins[run] = 1
    }
  }

  /** The last pass that had begun at `ns`; the first one when none had. */
  at(ns: number): number {
    let low = 0
    let high = this.passes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.passes[middle]!.startNs <= ns) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /** Whether `ns` lies inside pass `run`. */
  holds(run: number, ns: number): boolean {
    const pass = this.passes[run]
    return pass !== undefined && pass.startNs <= ns && ns <= pass.endNs
  }

  /** Whether `ns` lies ahead of all passes, which somebody wrote down. */
  isAhead(ns: number): boolean {
    const first = this.passes[0]
    return first?.said !== undefined && ns < first.startNs
  }
}

function isSame(before: Pass, pass: Pass): boolean {
  const sharedNs = Math.min(before.endNs, pass.endNs) - pass.startNs
  return sharedNs > 0 && sharedNs * 2 >= Math.min(before.endNs - before.startNs, pass.endNs - pass.startNs)
}
