import { phaseIndex } from '../trace/words.js'
import type { Runs } from './runs.js'

/** What an annotation says of the forward pass that it spans. */
export interface PassSaid {
  readonly rule: 'vllm-annotation' | 'sglang-annotation' | 'profiler-step'
  /** Index into `phases`; 0: not said. */
  readonly phase: number
  /** Prompt tokens that it reads; 0: not said. */
  readonly tokens: number
}

/** `execute_<tokens>_context_<n>(sq…)_generation_<m>(sq…)` of vLLM, `step[DECODE bs=32]` of SGLang, `ProfilerStep#7`
 *  of PyTorch; undefined for any other name. A batch of both kinds counts as prefill. */
export function passOf(name: string): PassSaid | undefined {
  const vllm = /^execute_(?:\d+_)?context_(\d+)\((?:sq)?(\d*)[^)]*\)_generation_(\d+)/.exec(name)
  if (vllm !== null) {
    const isPrefill = Number(vllm[1]) > 0
    const phase = isPrefill ? phaseIndex.prefill : Number(vllm[3]) > 0 ? phaseIndex.decode : 0
    return { rule: 'vllm-annotation', phase, tokens: isPrefill ? tokenCount(vllm[2]) : 0 }
  }
  const sglang = /^step\[(\w+)(?=[\s\]])[^\]]*\]/.exec(name)
  if (sglang !== null) {
    const word = sglang[1]!.toUpperCase()
    const phase = word === 'DECODE' ? phaseIndex.decode : /EXTEND|PREFILL|MIXED/.test(word) ? phaseIndex.prefill : 0
    const tokens = phase === phaseIndex.prefill ? tokenCount(/\btoks?=(\d+)/.exec(name)?.[1]) : 0
    return { rule: 'sglang-annotation', phase, tokens }
  }
  return /^ProfilerStep#\d+$/.test(name) ? { rule: 'profiler-step', phase: 0, tokens: 0 } : undefined
}

function tokenCount(digits: string | undefined): number {
  const count = Number(digits ?? 0)
  return Number.isSafeInteger(count) && count < 2 ** 32 ? count : 0
}

/** Forward passes by the time they began: which pass was on at a moment. */
export class Passes {
  rule = 'gemm-rows'
  private readonly began: number[] = []
  private readonly ended: number[] = []
  private readonly said: (PassSaid | undefined)[] = []
  private order: number[] = []

  add(startNs: number, endNs: number, said?: PassSaid): void {
    this.began.push(startNs)
    this.ended.push(endNs)
    this.said.push(said)
  }

  get length(): number {
    return this.began.length
  }

  /** Ends the adding; writes what the passes say into `runs`, one run a pass (one in all when there is none). */
  sortInto(runs: Runs): void {
    runs.reach(Math.max(0, this.length - 1))
    this.order = this.began.map((_, i) => i).sort((a, b) => this.began[a]! - this.began[b]! || a - b)
    this.order.forEach((i, run) => {
      runs.saidPhase[run] = this.said[i]?.phase ?? 0
      runs.note(run, this.said[i]?.tokens ?? 0)
    })
  }

  /** The last pass that had begun at `ns`; the first one when none had. */
  at(ns: number): number {
    let low = 0
    let high = this.order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.began[this.order[middle]!]! <= ns) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /** Whether `ns` lies inside pass `run`. */
  holds(run: number, ns: number): boolean {
    const i = this.order[run]
    return i !== undefined && this.began[i]! <= ns && ns <= this.ended[i]!
  }
}
