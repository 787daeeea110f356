/** What a matcher of events answers. Plain numbers: the matcher in WebAssembly is compiled with them too. */

/** An event is left to the scanner, or the bytes to look at end. */
export const LEFT = 0
/** All events up to a place were taken. */
export const TAKEN = 1
/** An event is whole, and its values are in their slots. */
export const MATCHED = 2
/** Rows want to be fetched. */
export const FULL = 3
