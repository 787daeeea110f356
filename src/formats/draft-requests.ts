import type { TraceRequest } from '../trace/trace.js'

/** The requests that ops belong to, where the file does not list them. */
export class DraftRequests {
  private readonly promptTokens: number[] = []
  private readonly steps: number[] = []
  private readonly firstSteps: number[] = []
  private readonly arrivals: number[] = []

  /** An op of a request; `rows`: of one in its prefill, else 0. */
  note(request: number, step: number, startNs: number, rows: number): void {
    for (let r = this.steps.length; r <= request; r++) {
      this.promptTokens.push(0)
      this.steps.push(-1)
      this.firstSteps.push(Infinity)
      this.arrivals.push(Infinity)
    }
    this.steps[request] = Math.max(this.steps[request]!, step)
    this.firstSteps[request] = Math.min(this.firstSteps[request]!, step)
    this.arrivals[request] = Math.min(this.arrivals[request]!, startNs)
    this.promptTokens[request] = Math.max(this.promptTokens[request]!, rows)
  }

  /** Forward passes that ops are of: steps of all requests. */
  passes(): number {
    let passes = 0
    for (let r = 0; r < this.steps.length; r++) if (this.steps[r]! >= 0) passes += this.steps[r]! - this.firstSteps[r]! + 1
    return passes
  }

  /** When the first op of a request starts; 0: it has none. */
  arrivalNs(request: number, firstNs: number): number {
    const arrival = this.arrivals[request] ?? Infinity
    return Number.isFinite(arrival) ? arrival - firstNs : 0
  }

  made(model: number, firstNs: number): TraceRequest[] {
    return this.steps.map((steps, i) => ({
      id: `request-${i + 1}`,
      model,
      arrivalNs: this.arrivalNs(i, firstNs),
      promptTokens: this.promptTokens[i]!,
      outputTokens: Math.max(0, steps) + (this.promptTokens[i]! > 0 ? 1 : 0),
    }))
  }
}
