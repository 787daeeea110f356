import { durationNs } from '../duration.js'
import type { RateList } from '../rate-list.js'
import type { Rate } from '../rates.js'
import type { Machine } from './machine.js'

const TURN = /\b(Prefill|Decode) Turn (\d{1,6}): Processed (\d{1,12}) tokens in (-?\S{1,40}(?: \S{1,12})?) duration/
const RATE_SLACK = 0.01
const MAX_TURNS = 100_000

interface Turn {
  readonly tokens: number
  readonly ns: number
  readonly line: number
  isContradictory: boolean
}

/** One `BenchmarkInfo` block: how long it took to be ready, and the turns of a conversation. */
export class BenchmarkInfo {
  private readonly prefills = new Map<number, Turn>()
  private readonly decodes = new Map<number, Turn>()
  private last: Turn | undefined
  private phasesNs = 0
  private totalNs: number | undefined
  private initLine = 0
  private firstNs: { readonly ns: number; readonly line: number } | undefined
  private isInit = false

  constructor(
    private readonly rates: RateList,
    private readonly machine: Machine,
  ) {}

  /** Whether the line was of the block. */
  line(text: string, line: number): boolean {
    if (/\bInit Phases \(/.test(text)) return (this.isInit = true)
    const total = /\b(?:Total init time|Init Total):\s{1,10}(\S{1,30}(?: m?s)?)/.exec(text)
    if (total !== null) return this.init(line, durationNs(total[1]!), true)
    const phase = this.isInit ? /^.{0,120}?\s- [^:]{1,60}: (-?\S{1,30} ms)\s*$/.exec(text) : null
    if (phase !== null) return this.init(line, durationNs(phase[1]!), false)
    const first = /\bTime to first token: (-?\S{1,30} s)\s*$/.exec(text)
    if (first !== null && this.isInit) {
      this.isInit = false
      this.firstNs = { ns: durationNs(first[1]!), line }
      return true
    }
    const turn = TURN.exec(text)
    if (turn !== null)
      return this.turn(turn[1] === 'Prefill', Number(turn[2]), { tokens: Number(turn[3]), ns: durationNs(turn[4]!), line, isContradictory: false })
    if (/\b(?:Prefill|Decode) Turn \d+:/.test(text)) {
      this.rates.skipped.count('turn that is cut')
      return true
    }
    const speed = /\b(?:Prefill|Decode) Speed:\s{1,10}([\d.]{1,20}) tokens\/sec/.exec(text)
    if (speed === null) return false
    this.check(Number(speed[1]))
    return true
  }

  /** Adds what the block told: the cache holds the turns before a turn. */
  end(): void {
    const { rates, machine } = this
    const setting = () => machine.setting()
    const loadNs = this.totalNs ?? this.phasesNs
    const rule: Rate['inferred'] = this.totalNs === undefined ? { ns: 'sum-of-phases' } : {}
    if (this.initLine > 0) rates.add('load', { tokens: 0, ns: loadNs, line: this.initLine, setting, inferred: rule })
    let past = 0
    for (const number of [...new Set([...this.prefills.keys(), ...this.decodes.keys()])].sort((a, b) => a - b)) {
      const prefill = this.prefills.get(number)
      this.add('prefill', prefill, past)
      past += prefill?.tokens ?? 0
      const decode = this.decodes.get(number)
      this.add('decode', decode, past)
      past += decode?.tokens ?? 0
    }
    const tokens = this.prefills.get(1)?.tokens ?? 0
    // 0.00 s is printed where there were no turns.
    if (this.firstNs !== undefined && this.firstNs.ns > 0) rates.add('mixed', { tokens, ...this.firstNs, setting, inferred: { phase: 'time-to-first-token' } })
  }

  private add(phase: 'prefill' | 'decode', turn: Turn | undefined, past: number): void {
    if (turn === undefined || turn.tokens === 0) return
    if (turn.isContradictory) return this.rates.skipped.count('rate that contradicts its time')
    const setting = () => this.machine.setting()
    const isSpeculative = phase === 'decode' && this.machine.isSpeculative === true
    const { tokens, ns, line } = turn
    const inferred: Rate['inferred'] = isSpeculative ? { phase: 'speculative-decoding' } : {}
    this.rates.add(isSpeculative ? 'mixed' : phase, { tokens, past, ns, line, setting, inferred })
  }

  private init(line: number, ns: number, isTotal: boolean): true {
    if (this.initLine === 0 || isTotal) this.initLine = line
    if (isTotal) this.totalNs = ns
    else this.phasesNs += ns
    return true
  }

  private turn(isPrefill: boolean, number: number, turn: Turn): true {
    const turns = isPrefill ? this.prefills : this.decodes
    if (turns.has(number) || turns.size >= MAX_TURNS) this.rates.skipped.count('turn that was told before')
    else turns.set(number, turn)
    this.last = turn
    return true
  }

  private check(perSecond: number): void {
    const { last } = this
    this.last = undefined
    if (last === undefined || !(perSecond > 0) || !(last.ns > 0)) return
    last.isContradictory = Math.abs((last.tokens * 1e9) / last.ns - perSecond) > RATE_SLACK * perSecond + 0.01
  }
}
