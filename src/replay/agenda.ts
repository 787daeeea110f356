import type { TaskIndex } from '../run/tasks.js'

/** What to do when a task ends; a returned task is one that everything behind it waits for too. */
export type Handler = (nowNs: number, task: TaskIndex) => TaskIndex | undefined

/** Hooked tasks and what is done at their end. */
export class Agenda {
  private handlers = new Map<TaskIndex, Handler>()

  when(task: TaskIndex, handler: Handler): void {
    this.handlers.set(task, handler)
  }

  ended(task: TaskIndex, nowNs: number): TaskIndex {
    const handler = this.handlers.get(task)
    this.handlers.delete(task)
    return handler?.(nowNs, task) ?? -1
  }

  renamed(renamed: Int32Array): void {
    this.handlers = new Map([...this.handlers].map(([task, handler]) => [renamed[task]!, handler]))
  }
}
