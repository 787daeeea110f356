import type { Phase } from '../trace/words.js'

/** A slice whose name says which phase the ones in it are of. */
interface Annotation {
  readonly track: number
  readonly startNs: number
  readonly endNs: number
  readonly phase: Phase
  /** Its name without numbers. */
  readonly word: string
  readonly isChunk: boolean
  /** The annotation of the same phase around it; -1: none. */
  readonly around: number
  /** What it holds first, by its word, of the same phase. */
  held: string
  /** It holds several alike: they are the passes, it is what runs them. */
  isLoop: boolean
  isPass: boolean
  request: number
  step: number
}

/** Where an op belongs. */
export interface PassOfSlice {
  readonly phase: Phase
  readonly request: number
  readonly step: number
}

/** `decode step 3` → decode; undefined: a name that says no phase. */
export function phaseOf(name: string): Phase | undefined {
  if (/\bprefill\b/i.test(name)) return 'prefill'
  return /\bdecod(e|ing)\b/i.test(name) ? 'decode' : undefined
}

/** Forward passes out of annotations. One inside another is the same pass, unless several alike lie in it: then these are the
 *  passes. A prefill begins a request, except the first one and the further chunks of one; each decode pass is a step. */
export class SlicePasses {
  private readonly list: Annotation[] = []
  /** Passes of the track that has most of them, in order of start. */
  private main: readonly Annotation[] = []

  /** An annotation, track by track in order of start; `within`: the number of the one around it, -1: none. Its number. */
  add(track: number, startNs: number, endNs: number, name: string, phase: Phase, within: number): number {
    let around = within
    while (around >= 0 && this.list[around]!.phase !== phase) around = this.list[around]!.around
    const word = name.replace(/[\d#]+/g, '').trim()
    const holder = this.list[around]
    if (holder !== undefined) {
      holder.isLoop ||= holder.held === word
      holder.held = word
    }
    return this.list.push({ track, startNs, endNs, phase, word, isChunk: /chunk/i.test(name), around, held: '', isLoop: false, isPass: false, request: 0, step: 0 }) - 1
  }

  /** No more are added. */
  finish(): void {
    const passes = new Map<number, Annotation[]>()
    let last: Annotation | undefined
    for (const one of this.list) {
      const around = this.list[one.around]
      const isInPass = around !== undefined && !around.isLoop
      if (one.track !== last?.track) last = undefined
      if (isInPass || one.isLoop) {
        Object.assign(one, isInPass ? { request: around.request, step: around.step, isLoop: false } : { request: last?.request ?? 0, step: one.phase === 'decode' ? (last?.step ?? 0) + 1 : 0 })
        continue
      }
      const begins = one.phase === 'prefill' && last !== undefined && !(one.isChunk && last.phase === 'prefill')
      one.request = (last?.request ?? 0) + (begins ? 1 : 0)
      one.step = one.phase === 'prefill' ? 0 : (last?.step ?? 0) + 1
      one.isPass = true
      last = one
      const ofTrack = passes.get(one.track) ?? []
      passes.set(one.track, ofTrack)
      ofTrack.push(one)
    }
    for (const ofTrack of passes.values()) if (ofTrack.length > this.main.length) this.main = ofTrack
  }

  /** Of a slice within annotation `number`. */
  within(number: number): PassOfSlice {
    return this.list[number]!
  }

  /** Of a moment that no annotation of its own track is around: the pass that another track tells at that time; between passes
   *  the request and step that had begun. */
  at(timeNs: number): PassOfSlice {
    let low = 0
    let high = this.main.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.main[middle]!.startNs <= timeNs) low = middle + 1
      else high = middle
    }
    const pass = this.main[low - 1]
    if (pass === undefined) return nowhere
    return timeNs < pass.endNs ? pass : { phase: 'other', request: pass.request, step: pass.step }
  }
}

const nowhere: PassOfSlice = { phase: 'other', request: 0, step: 0 }
