/** Tables as structures of arrays: one column list drives the type, the builder, the chunk order in the store
 *  and the interchange's fields. */
export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array
type ColumnClass =
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | Float64ArrayConstructor
export type Columns = Record<string, ColumnClass>
export type ColumnsOf<C extends Columns> = { [K in keyof C]: InstanceType<C[K]> }
export type Table<C extends Columns> = { readonly [K in keyof C]: InstanceType<C[K]> } & { readonly length: number }

/** Fresh zeroed columns of `length` rows. */
export function allocateColumns<C extends Columns>(columns: C, length: number): ColumnsOf<C> {
  const made: Record<string, Column> = {}
  for (const name of Object.keys(columns)) made[name] = new columns[name]!(length)
  return made as ColumnsOf<C>
}

/** The first `length` rows as a table. `copy` when the columns will be written again. */
export function tableOf<C extends Columns>(columns: ColumnsOf<C>, length: number, copy = false): Table<C> {
  const made: Record<string, Column | number> = { length }
  for (const [name, column] of Object.entries(columns) as [string, Column][])
    made[name] = copy ? column.slice(0, length) : column.subarray(0, length)
  return made as Table<C>
}

/** A table that doubles as it grows. `push()` returns a row of zeros; the caller fills its columns by name
 *  through `at`, which is replaced when the table grows: read it again after each push. */
export interface TableBuilder<C extends Columns> {
  at: ColumnsOf<C>
  length: number
  push(): number
  finish(): Table<C>
}

export function tableBuilder<C extends Columns>(columns: C, capacity = 1024): TableBuilder<C> {
  let room = capacity
  const builder: TableBuilder<C> = {
    at: allocateColumns(columns, room),
    length: 0,
    push() {
      if (builder.length === room) {
        room *= 2
        const wider = allocateColumns(columns, room)
        for (const name of Object.keys(columns)) (wider[name] as Float64Array).set(builder.at[name] as Float64Array)
        builder.at = wider
      }
      return builder.length++
    },
    finish: () => tableOf(builder.at, builder.length, true),
  }
  return builder
}
