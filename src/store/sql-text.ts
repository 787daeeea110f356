/** What can be known of a SQL statement from its text alone: SQLite itself does the real parsing. */

interface Token {
  readonly type: 'word' | 'quoted' | 'string' | 'sign'
  readonly text: string
}

const blank = String.raw`\s+|--[^\n]*|/\*[^]*?(?:\*/|$)`
const string = String.raw`('(?:[^']|'')*'?)`
const quoted = String.raw`("(?:[^"]|"")*"?|${'`'}(?:[^${'`'}]|${'``'})*${'`'}?|\[[^\]]*\]?)`
const word = String.raw`([\p{L}\p{N}_$\u0080-\uffff]+)`

/** Words, quoted names, strings and signs, comments left out; as SQLite's tokenizer cuts them, where it matters
 *  here. Never throws: what is no SQL becomes signs. */
function* tokensOf(sql: string): Generator<Token> {
  const cut = new RegExp([blank, string, quoted, word, '([^])'].join('|'), 'gu')
  for (const [, text, name, plain, sign] of sql.matchAll(cut)) {
    if (text !== undefined) yield { type: 'string', text }
    else if (name !== undefined) yield { type: 'quoted', text: name.slice(1, -1) }
    else if (plain !== undefined) yield { type: 'word', text: plain.toLowerCase() }
    else if (sign !== undefined) yield { type: 'sign', text: sign }
  }
}

/** The first word, in lower case; '' without one. */
export function verbOf(sql: string): string {
  for (const { type, text } of tokensOf(sql)) if (type === 'word') return text
  return ''
}

/** Which of `columns` the statement can refer to: those whose name stands anywhere in it, or all of them where a
 *  star or a natural join names columns without writing them. Never too few. */
export function mentionedColumns<C extends string>(sql: string, columns: readonly C[]): C[] {
  const words = new Set<string>()
  let before = ''
  for (const { type, text } of tokensOf(sql)) {
    // A star that multiplies follows an operand, the one of `count(*)` a parenthesis.
    if (type === 'sign' && text === '*' && /^(select|distinct|all|returning|,|\.)$/.test(before)) return [...columns]
    if (type === 'word' && text === 'natural') return [...columns]
    if (type !== 'sign') words.add((type === 'string' ? text.slice(1, -1) : text).toLowerCase())
    before = text
  }
  return columns.filter((column) => words.has(column.toLowerCase()))
}

const harmlessVerbs = new Set(['select', 'with', 'values', 'explain'])
const askingPragmas = new Set(
  (
    'application_id auto_vacuum cache_size collation_list compile_options data_version database_list encoding ' +
    'foreign_key_check foreign_key_list freelist_count function_list index_info index_list index_xinfo ' +
    'integrity_check journal_mode max_page_count module_list page_count page_size pragma_list quick_check ' +
    'schema_version table_info table_list table_xinfo user_version'
  ).split(' '),
)
const askingWithArgument = new Set(
  (
    'foreign_key_check foreign_key_list index_info index_list index_xinfo integrity_check quick_check ' +
    'table_info table_list table_xinfo'
  ).split(' '),
)

/** Whether a statement only asks. SQLite counts `attach`, `begin` and some pragmas among the read-only ones, though
 *  they change what the connection is; a statement that passes here still runs on a read-only connection. */
export function onlyAsks(sql: string): boolean {
  const tokens = [...tokensOf(sql)]
  const verb = tokens[0]?.type === 'word' ? tokens[0].text : ''
  if (verb !== 'pragma') return harmlessVerbs.has(verb)
  let name = 1
  if (tokens[2]?.text === '.') name = 3
  const pragma = (tokens[name]?.text ?? '').toLowerCase()
  const rest = tokens.slice(name + 1).filter(({ text }) => text !== ';')
  return askingPragmas.has(pragma) && (rest.length === 0 || (rest[0]!.text === '(' && askingWithArgument.has(pragma)))
}
