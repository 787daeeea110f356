import type { OpKind } from '../trace/words.js'
import { kindOfOpWord } from './op-roles.js'

/** Words that a graph's view is called by, and those that may stand around them. */
const views = new Set(['reshape', 'squeeze', 'unsqueeze', 'flatten', 'identity', 'expanddims', 'shape', 'etview', 'view', 'noop', 'alias'])
const around = new Set(['ex', 'aten', 'default', 'op', 'prim', 'executorch', 'static', 'tosa', 'qnn', 'nd', 'nc', 'nhwc'])

/** The kind that a graph runtime's word for an operator means: as `kindOfOpWord`, and what only looks at the same data in another shape is
 *  a view, as an allocation is. What moves data into another order (transpose, concat, split, pad, slice, gather, ATen's `…_copy`) is none. */
export function kindOfGraphOp(word: string): OpKind {
  if (isView(word) || /^(de)?alloc/i.test(word)) return 'view'
  const known = kindOfOpWord(word)
  if (known !== 'other') return known
  const text = word.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  if (/pool/.test(text)) return 'elementwise'
  if (/hard_?tanh|relu6|hard_?sigmoid|soft_?plus|softsign/.test(text)) return 'activation'
  if (/(^|[^a-z])(lstm|gru|rnn)([^a-z]|$)/.test(text)) return 'matmul'
  if (/(^|[^a-z])(scatter\w*|depth_?to_?space|space_?to_?depth|im2col|reverse|roll|pixel_?(un)?shuffle|shuffle_?channel)([^a-z]|$)/.test(text)) return 'copy'
  return /(^|[^a-z])(equal|not_?equal|greater\w*|less\w*|not|and|or|logical\w*|floor\w*|ceil|round|maximum|minimum|square\w*|lut)([^a-z]|$)/.test(text) ? 'elementwise' : 'other'
}

/** Whether nothing but words of views stands in it: a fused `Reshape + MatMul` is no view. */
function isView(word: string): boolean {
  const text = word.toLowerCase().replace(/expand_?dims/, 'expanddims').replace(/et_view/, 'etview').replace(/^ex(?=reshape|squeeze|unsqueeze|flatten)/, '')
  const words = text.split(/[^a-z]+/).filter((one) => one !== '')
  return words.some((one) => views.has(one)) && words.every((one) => views.has(one) || around.has(one))
}
