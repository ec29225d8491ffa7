/** Timers that can all be called off at once, so that nothing happens after a reset or a close. */
export class Timers {
  readonly #calledOff = new Map<NodeJS.Timeout, () => void>();

  /** Resolves true after `ms` milliseconds, or false at once when it is called off. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#calledOff.delete(timer);
        resolve(true);
      }, ms);
      this.#calledOff.set(timer, () => resolve(false));
    });
  }

  callOff(): void {
    for (const [timer, tell] of this.#calledOff) {
      clearTimeout(timer);
      tell();
    }
    this.#calledOff.clear();
  }
}
