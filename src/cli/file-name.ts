/** A study's name as a file's: letters, digits, dots and dashes, and never a way out of its folder. */
export const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '').slice(0, 80) || 'study'
