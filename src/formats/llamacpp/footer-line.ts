const FOOTER = /\[ Prompt:\s{0,8}(-?[\d.]{1,20}|-?nan|-?inf) t\/s \| Generation:\s{0,8}(-?[\d.]{1,20}|-?nan|-?inf) t\/s \]/

/** Tokens a second of prompt and answer as llama-cli prints them behind each answer; undefined: another line. */
export function footerOf(text: string): readonly [prompt: number, generation: number] | undefined {
  const found = text.includes('[ Prompt:') ? FOOTER.exec(text) : null
  return found === null ? undefined : [Number(found[1]), Number(found[2])]
}
