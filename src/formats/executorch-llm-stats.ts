import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** What ExecuTorch's LLM runners report of a request. */
export const executorchLlmStats: Format = {
  id: 'executorch-llm-stats',
  title: 'ExecuTorch LLM runner statistics (PyTorchObserver line, report in the log)',
  source: 'extension/llm/runner/stats.h of ExecuTorch',
  content: ['rates'],
  phases: 'model load, prompt evaluation (prefill), generated tokens (decode), time to first token, total',
  bytes: 'none',
  runtime: 'ExecuTorch (llama_main and the runners of its backends)',
  command: 'llama_main --model_path=model.pte --tokenizer_path=tokenizer.bin --prompt="Once upon a time" --seq_len=256 2>&1 | tee executorch.log',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/"prompt_eval_end_ms"\s{0,4}:\s{0,4}\d/.test(text)) return yes
    if (/PyTorchObserver\s{0,8}\{[^\n]{0,4000}"(?:prompt_tokens|generated_tokens|inference_start_ms|prompt_eval_end_ms)"/.test(text)) return yes
    if (/Prompt Tokens:\s{0,20}\d{1,12}\s{1,20}Generated Tokens:\s{0,20}\d/.test(text)) return yes
    if (/(?:Prompt evaluation|Generated \d{1,12} tokens):\s{1,20}[\d.]{1,24} \(seconds\)/.test(text)) return yes
    return no('no report of an ExecuTorch runner')
  },
  readRates: async (source, tools) => (await import('./executorch/read-llm-stats.js')).readLlmStats(source, tools),
}
