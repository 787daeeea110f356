/** A value of an event: its kind, its slot (-1: nobody asked for it), its bytes (of strings, inside the quotes). */
export interface Span {
  readonly kind: number
  readonly slot: number
  readonly from: number
  readonly to: number
  readonly isGate: boolean
}

/** Says by one value of an event whether the rest of it is wanted. */
export interface Gate {
  /** Below 0: it is not. Any number that stands for the value is good. */
  open(from: number, to: number): number
  /** The value that `open` answered with this number has come again. */
  again(answer: number): void
}

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
  gatedOut: boolean
  readonly spans: readonly Span[]
  nested(at: number): number
}
