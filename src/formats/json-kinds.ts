/** Kinds of a value in JSON. Plain numbers: the matcher in WebAssembly is compiled with them too. */
export const ABSENT = 0
export const TEXT = 1
/** A string with escapes in it. */
export const ESCAPED = 2
export const NUMBER = 3
/** `true`, `false`, `null`, and what careless writers put for numbers (`NaN`, `inf`). */
export const WORD = 4
export const ARRAY = 5
export const OBJECT = 6
