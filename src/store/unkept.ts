import type Database from 'better-sqlite3'

/** Of a store that may only be read: cells that are finished now lie in temporary tables, before those of the store, so that a
 *  study is replayed and shown as elsewhere. They are gone with the connection. */
export function holdUnkept(db: Database.Database): void {
  db.exec(`create temp table unkept_cell as select * from main.cell limit 0;
create unique index temp.unkept_cell_key on unkept_cell (key);
create temp table unkept_tasks as select * from main.cell_tasks limit 0;
create unique index temp.unkept_tasks_key on unkept_tasks (cell, number, field);
create temp view cell as select * from main.cell where key not in (select key from temp.unkept_cell) union all select * from temp.unkept_cell;
create temp view cell_tasks as select * from main.cell_tasks union all select * from temp.unkept_tasks;`)
}

/** Where finished cells and their tasks go. */
export const cellTables = (db: Database.Database): { readonly cell: string; readonly tasks: string } => (db.readonly ? { cell: 'unkept_cell', tasks: 'unkept_tasks' } : { cell: 'cell', tasks: 'cell_tasks' })
