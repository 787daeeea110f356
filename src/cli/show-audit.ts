import { formatBytes, formatNs } from '../base/units.js'
import { printable } from '../base/quote.js'
import type { Audit } from '../run/audit.js'

/** A row an attacker. */
export const auditCells = ({ rows }: Audit): Record<string, string | number>[] =>
  rows.map(({ attacker, property, promised, verdict, why, findings }) => ({ attacker, of: property, promised: promised ? 'yes' : 'no', verdict, findings: findings.count === 0 ? '' : findings.count, why }))

/** What was found of rows that are violated or exposed, a line a finding; and why a row is unknown. */
export function findingLines({ rows }: Audit): string[] {
  return rows.flatMap(({ attacker, verdict, why, findings }) => {
    if (verdict === 'unknown') return [`${attacker}: unknown: ${why}`]
    if (verdict !== 'violated' && verdict !== 'exposed') return []
    return findings.first.map(
      ({ tensor, op, request, fromNs, toNs, bytes, what }) =>
        `${attacker}: ${what}: ${printable(tensor, 200)}${op === '' ? '' : `, op ${printable(op, 120)}`}${request === '' ? '' : `, request ${printable(request, 80)}`}, from ${formatNs(fromNs)} to ${formatNs(toNs)}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}`,
    )
  })
}
