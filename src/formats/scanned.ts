/** A value of an event: its kind, its slot (-1: nobody asked for it), its bytes (of strings, inside the quotes). */
export interface Span {
  readonly kind: number
  readonly slot: number
  readonly from: number
  readonly to: number
  readonly isGate: boolean
}

/** Says by one value of an event whether the rest of it is wanted: below 0, it is not. Any number that stands for the
 *  value is good: it is kept for when the value comes again. */
export type Gate = (from: number, to: number) => number

/** The bytes being scanned and what was found, as the templates see and fill it. */
export interface Scanned {
  readonly buf: Uint8Array
  readonly view: DataView
  readonly end: number
  readonly kind: Uint8Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly gateSlot: number
  readonly gate: Gate
  gateAnswer: number
  readonly spans: readonly Span[]
  nested(at: number): number
}
