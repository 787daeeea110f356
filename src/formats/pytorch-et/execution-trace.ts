/** Shapes and types of an operator, as Kineto would have written them: where they lie in `buf`. */
export interface KnownShapes {
  readonly dimsFrom: number
  readonly dimsTo: number
  readonly typesFrom: number
  readonly typesTo: number
}

/** What an execution trace knows of operators, by the id that the profiler calls `Record function id`. */
export interface ExecutionTrace {
  readonly schema: string
  readonly nodes: number
  readonly names: ReadonlyMap<string, number>
  readonly ids: readonly [least: number, most: number]
  readonly buf: Uint8Array
  readonly view: DataView
  shapesOf(recordFunction: number): KnownShapes | undefined
}
