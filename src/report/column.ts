/** How a value is written for people: `ns` in the unit that suits it, `share` of 1 as a percentage, `ratio` as `4.2×`. */
export type CellKind = 'text' | 'number' | 'count' | 'bytes' | 'ns' | 'share' | 'ratio' | 'flag'
export interface Column {
  readonly label: string
  readonly kind: CellKind
  /** Its label where there is no prefill, so no first token; null: it is left out there. */
  readonly withoutPrefill?: string | null
}

/** A column that is called otherwise, or left out, where there is no prefill. */
export const otherwise = (column: Column, withoutPrefill: string | null): Column => ({ ...column, withoutPrefill })

export const text = (label: string): Column => ({ label, kind: 'text' })
export const count = (label: string): Column => ({ label, kind: 'count' })
export const ns = (label: string): Column => ({ label, kind: 'ns' })
export const number = (label: string): Column => ({ label, kind: 'number' })
export const share = (label: string): Column => ({ label, kind: 'share' })
export const bytes = (label: string): Column => ({ label, kind: 'bytes' })
export const ratio = (label: string): Column => ({ label, kind: 'ratio' })
