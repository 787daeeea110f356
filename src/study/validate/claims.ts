import type { ClaimSetting } from './claim.js'
import { componentClaims } from './component-claims.js'
import { flexserveClaims } from './flexserve-claims.js'
import { shapeClaims } from './shape-claims.js'
import { tzLlmClaims } from './tz-llm-claims.js'
import { untoldClaims } from './untold-claims.js'

/** Every claim's setting but V05 and V06, whose pairs must be replayed before their maximum is known (`agent-pairs.ts`). */
export const claimSettings: readonly ClaimSetting[] = [...flexserveClaims, ...componentClaims, ...tzLlmClaims, ...shapeClaims, ...untoldClaims]
