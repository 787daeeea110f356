/** Which tables and lines a text of llama.cpp's programs holds. One reader takes them all; these say whose the file is. */
export const hasBatchedRows = (text: string): boolean =>
  /\|\s*PP\s*\|\s*TG\s*\|\s*B\s*\|\s*N_KV\s*\|/.test(text) || (/"speed_pp"\s*:/.test(text) && /"speed_tg"\s*:/.test(text) && /"pl"\s*:/.test(text))

export const hasSweepRows = (text: string): boolean => /\|\s*PP\s*\|\s*TG\s*\|\s*N_KV\s*\|/.test(text) || (/"speed_pp"\s*:/.test(text) && /"speed_tg"\s*:/.test(text) && !/"pl"\s*:/.test(text))

export const hasTimings = (text: string): boolean =>
  /(?:llama_perf_context_print|llama_print_timings|common_perf_print):\s+(?:load|prompt eval|eval|total) time =/.test(text) ||
  /\beval time\s{0,20}=\s{0,20}-?[\w.]{1,20} ms \/\s{0,20}\d{1,12} (?:tokens|runs)/.test(text) ||
  /\[ Prompt:\s{0,8}-?[\w.]{1,20} t\/s \| Generation:\s{0,8}-?[\w.]{1,20} t\/s \]/.test(text) ||
  /\b(?:encoded|decoded)\s{1,4}\d{1,9} tokens in\s{1,10}[\d.]{1,20} seconds, speed:/.test(text)
