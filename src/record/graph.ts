import type { ElementType } from './onnx-schema.js'

/** A graph as the recorder builds it, before it is bytes; plain data. */
export interface Graph {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly weights: readonly Weight[]
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
}

export interface Node {
  readonly name: string
  readonly type: string
  /** '' is ONNX's own operator set. */
  readonly domain: '' | 'com.microsoft'
  /** '' leaves an optional input or output out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Whole numbers become `int` attributes; `{ float }` becomes a float. */
  readonly attributes: Readonly<Record<string, number | { readonly float: number }>>
}

export interface Port {
  readonly name: string
  readonly type: ElementType
  /** A name is a dimension known only at run time. */
  readonly shape: readonly (number | string)[]
}

/** What a weight's bytes are: drawn from the seed, or computed. */
export type Fill =
  | { readonly kind: 'packed-int4' }
  /** Uniform around `mean`, ± `spread`. */
  | { readonly kind: 'uniform'; readonly mean: number; readonly spread: number }
  /** Rotary tables: cosine or sine of position × base^(−2i/headDim). */
  | { readonly kind: 'rotary'; readonly of: 'cos' | 'sin'; readonly base: number }
  | { readonly kind: 'constant'; readonly value: number }

export interface Weight {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly fill: Fill
  /** Another weight whose bytes these are (a tied head reads the embedding's); its own fill is not used. */
  readonly sameBytesAs?: string
}

export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
