const GGUF = String.raw`(?:IQ|TQ|Q)\d(?:_(?:K|\d|NL|[XSML]{1,3})(?![A-Za-z0-9])){0,4}`
const OTHERS = String.raw`BF16|FP?(?:16|32)|FP8|MXFP4(?:_MOE)?|INT[48]|W\d{1,2}A\d{1,2}`
const QUANT = new RegExp(`(?:^|[^A-Za-z0-9])(${GGUF}|${OTHERS})(?![A-Za-z0-9])`, 'i')

/** How a model's name says that its weights are stored: `Q4_K_M` of `gemma-3-1b-it-Q4_K_M.gguf`; '' where it does not. */
export const quantInName = (name: string): string => QUANT.exec(name)?.[1] ?? ''

/** The file of a path: a folder may tell who the user is. */
export const fileOfPath = (path: string): string => path.split(/[\\/]/).at(-1)!.slice(0, 200)
