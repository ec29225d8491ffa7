/** Timers that can all be canceled at once, so that nothing happens after a reset or a close. */
export class Timers {
  readonly #onCancel = new Map<NodeJS.Timeout, () => void>();
  #nextTurn: Promise<boolean> | null = null;

  /** Runs `due` after `ms` milliseconds. The function that it returns, or `cancelAll`, prevents that. */
  at(ms: number, due: () => void, onCancel: () => void = () => {}): () => void {
    const timer = setTimeout(() => {
      this.#onCancel.delete(timer);
      due();
    }, ms);
    this.#onCancel.set(timer, onCancel);
    return () => {
      clearTimeout(timer);
      this.#onCancel.delete(timer);
    };
  }

  /** Resolves true after `ms` milliseconds, or false at once when it is canceled. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.at(
        ms,
        () => resolve(true),
        () => resolve(false),
      );
    });
  }

  /** Resolves like `wait`, after the shortest possible time. Calls before then share one timer. */
  nextTurn(): Promise<boolean> {
    if (this.#nextTurn) return this.#nextTurn;
    const nextTurn = new Promise<boolean>((resolve) => {
      const end = (passed: boolean) => {
        this.#nextTurn = null;
        resolve(passed);
      };
      this.at(
        0,
        () => end(true),
        () => end(false),
      );
    });
    this.#nextTurn = nextTurn;
    return nextTurn;
  }

  cancelAll(): void {
    const canceled = [...this.#onCancel];
    this.#onCancel.clear();
    for (const [timer, onCancel] of canceled) {
      clearTimeout(timer);
      onCancel();
    }
  }
}
