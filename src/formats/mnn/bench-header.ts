/** Whether a text holds the table of MNN's llm_bench: it looks like llama-bench's and names its columns otherwise. */
export const hasMnnBench = (text: string): boolean => /^\s{0,8}\|\s{0,60}model\s{0,60}\|\s{0,20}modelSize\s{0,20}\|/m.test(text)
