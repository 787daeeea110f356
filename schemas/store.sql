-- Generated from src/store/migrations.ts; a test holds both equal.
-- A chunk is up to 65 536 consecutive ops of a trace; each blob is one column as zigzag deltas in LEB128,
-- and the virtual table `op` of `worldswitch sql` decodes them.
pragma application_id = 2004055923;
pragma user_version = 6;
CREATE TABLE trace (
  id integer primary key,
  hash text not null unique check (length(hash) = 64),
  name text not null unique check (name <> ''),
  ops integer not null check (ops >= 0),
  header text not null check (json_valid(header)),
  strings text not null check (json_valid(strings)),
  importedAtWallMs integer not null
) strict;
CREATE TABLE chunk (
  trace integer not null references trace (id) on delete cascade deferrable initially deferred,
  number integer not null check (number >= 0),
  ops integer not null check (ops > 0),
  kind blob not null,
  phase blob not null,
  dataType blob not null,
  processor blob not null,
  lane blob not null,
  request blob not null,
  step blob not null,
  layer blob not null,
  type blob not null,
  name blob not null,
  tensor blob not null,
  m blob not null,
  n blob not null,
  k blob not null,
  startNs blob not null,
  durationNs blob not null,
  flops blob not null,
  bytes blob not null,
  rules blob not null,
  afterCount blob not null,
  afterBack blob not null,
  primary key (trace, number)
) strict;
CREATE VIEW request as
select t.name as trace, r.key as requestIndex, r.value ->> 'id' as id,
  case when r.value ->> 'model' >= 0 then t.header ->> ('$.models[' || (r.value ->> 'model') || '].id') end as model,
  r.value ->> 'arrivalNs' as arrivalNs, r.value ->> 'promptTokens' as promptTokens, r.value ->> 'outputTokens' as outputTokens
from trace t, json_each(t.header, '$.requests') r;
CREATE VIEW tensor as
select t.name as trace, w.key as tensorIndex, w.value ->> 'name' as name,
  case when w.value ->> 'model' >= 0 then t.header ->> ('$.models[' || (w.value ->> 'model') || '].id') end as model,
  w.value ->> 'role' as role, w.value ->> 'layer' as layer, w.value ->> 'bytes' as bytes
from trace t, json_each(t.header, '$.tensors') w;
CREATE TABLE workload (
  id integer primary key,
  hash text not null unique check (length(hash) = 64),
  name text not null unique check (name <> ''),
  requests integer not null check (requests > 0),
  content text not null check (json_valid(content)),
  importedAtWallMs integer not null
) strict;
CREATE TABLE cell (
  key text primary key check (length(key) = 64),
  subject text not null,
  policy text not null,
  device text not null,
  state text not null check (state in ('done', 'refused', 'failed')),
  cellOrder text not null check (json_valid(cellOrder)),
  ttftNs real,
  tpotNs real,
  e2eNs real,
  switchNs real,
  predictedShare real,
  summary text check (summary is null or json_valid(summary)),
  windows blob,
  message text,
  finishedAtWallMs integer not null
) strict;
CREATE TABLE cell_tasks (
  cell text not null references cell (key) on delete cascade deferrable initially deferred,
  number integer not null check (number >= 0),
  field text not null,
  tasks integer not null check (tasks > 0),
  data blob not null,
  primary key (cell, number, field)
) strict, without rowid;
CREATE TABLE study (
  id integer primary key,
  hash text not null unique check (length(hash) = 64),
  name text not null unique check (name <> ''),
  kind text not null,
  spec text not null check (json_valid(spec)),
  madeAtWallMs integer not null
) strict;
CREATE TABLE study_cell (
  study integer not null references study (id) on delete cascade deferrable initially deferred,
  place integer not null check (place >= 0),
  key text not null,
  primary key (study, place)
) strict, without rowid;
CREATE INDEX study_cell_key on study_cell (key);
CREATE TABLE other_name (
  name text primary key check (name <> ''),
  trace integer references trace (id) on delete cascade deferrable initially deferred,
  workload integer references workload (id) on delete cascade deferrable initially deferred,
  check ((trace is null) <> (workload is null))
) strict, without rowid;
CREATE TABLE checksum (
  what text not null check (what in ('trace', 'chunk', 'cell', 'tasks', 'study')),
  id text not null,
  sum text not null,
  primary key (what, id)
) strict, without rowid;
CREATE TRIGGER trace_gone after delete on trace begin delete from checksum where what = 'trace' and id = cast(old.id as text); end;
CREATE TRIGGER chunk_gone after delete on chunk begin delete from checksum where what = 'chunk' and id = old.trace || '/' || old.number; end;
CREATE TABLE merged_store (
  id integer primary key,
  file text not null,
  hash text not null check (length(hash) = 64),
  mergedAtWallMs integer not null
) strict;
CREATE TABLE origin (
  what text not null check (what in ('cell', 'study')),
  id text not null,
  store integer not null references merged_store (id),
  primary key (what, id)
) strict, without rowid;
CREATE TRIGGER cell_gone after delete on cell begin
  delete from checksum where what in ('cell', 'tasks') and id = old.key;
  delete from origin where what = 'cell' and id = old.key;
end;
CREATE TRIGGER study_gone after delete on study begin
  delete from checksum where what = 'study' and id = cast(old.id as text);
  delete from origin where what = 'study' and id = cast(old.id as text);
end;
