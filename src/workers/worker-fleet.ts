export interface RunningWorker {
  /** Takes no more jobs and waits for those under way. */
  close(): Promise<void>;
}

/** A worker that is wanted under a key; a changed `setting` replaces it. */
export interface WantedWorker {
  readonly setting: string;
  readonly start: () => RunningWorker;
}

/** The workers of this process, following the config: started, replaced and closed as gateways and channels come and go. */
export class WorkerFleet {
  readonly #running = new Map<string, { setting: string; worker: RunningWorker }>();
  #isClosed = false;

  /**
   * Makes the running workers the wanted ones; those that did not change go on undisturbed. Once closed it starts none:
   * a reload may come while the process ends, and nobody would close what it started.
   */
  async follow(wanted: ReadonlyMap<string, WantedWorker>): Promise<void> {
    if (this.#isClosed) return;
    const leaving = [...this.#running].filter(([key, { setting }]) => wanted.get(key)?.setting !== setting);
    for (const [key] of leaving) this.#running.delete(key);
    for (const [key, { setting, start }] of wanted) {
      if (!this.#running.has(key)) this.#running.set(key, { setting, worker: start() });
    }
    await Promise.all(leaving.map(([, { worker }]) => worker.close()));
  }

  /** Takes no more jobs and waits for those under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const workers = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(workers.map(({ worker }) => worker.close()));
  }
}
