/** How a model's name says that its weights are stored: `Q4_K_M` of `gemma-3-1b-it-Q4_K_M.gguf`; '' where it does not. */
export const quantInName = (name: string): string =>
  /(?:^|[^A-Za-z0-9])((?:IQ|TQ|Q)\d(?:_(?:K|\d|NL|[XSML]{1,3})(?![A-Za-z0-9])){0,4}|BF16|FP?(?:16|32)|FP8|MXFP4(?:_MOE)?|INT[48]|W\d{1,2}A\d{1,2})(?![A-Za-z0-9])/i.exec(name)?.[1] ?? ''

/** The file of a path: a folder may tell who the user is. */
export const fileOfPath = (path: string): string => path.split(/[\\/]/).at(-1)!.slice(0, 200)
