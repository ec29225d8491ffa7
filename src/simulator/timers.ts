/** Timers that can all be called off at once, so that nothing happens after a reset or a close. */
export class Timers {
  readonly #calledOff = new Map<NodeJS.Timeout, () => void>();
  #turn: Promise<boolean> | null = null;

  /** Runs `due` after `ms` milliseconds, unless the function that it gives back, or a call-off, comes first. */
  at(ms: number, due: () => void, calledOff: () => void = () => {}): () => void {
    const timer = setTimeout(() => {
      this.#calledOff.delete(timer);
      due();
    }, ms);
    this.#calledOff.set(timer, calledOff);
    return () => {
      clearTimeout(timer);
      this.#calledOff.delete(timer);
    };
  }

  /** Resolves true after `ms` milliseconds, or false at once when it is called off. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.at(
        ms,
        () => resolve(true),
        () => resolve(false),
      );
    });
  }

  /** As `wait` for the shortest time there is; all who ask before it is over share one timer. */
  turn(): Promise<boolean> {
    if (this.#turn) return this.#turn;
    const turn = new Promise<boolean>((resolve) => {
      const end = (passed: boolean) => {
        this.#turn = null;
        resolve(passed);
      };
      this.at(
        0,
        () => end(true),
        () => end(false),
      );
    });
    this.#turn = turn;
    return turn;
  }

  callOff(): void {
    const tellAll = [...this.#calledOff];
    this.#calledOff.clear();
    for (const [timer, tell] of tellAll) {
      clearTimeout(timer);
      tell();
    }
  }
}
