/** A few places, and a line of those who wait for one. */
export type Places = {
  /** Resolves true with a place, which is to be left again; false where none became free in time. */
  take: () => Promise<boolean>;
  leave: () => void;
};

export function createPlaces(most: number, waitMs: number): Places {
  const line: (() => void)[] = [];
  let taken = 0;
  const wait = (): Promise<boolean> =>
    new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(go), 1);
        resolve(false);
      }, waitMs);
      line.push(go);
    });
  return {
    take: async () => {
      if (taken >= most) return wait();
      taken += 1;
      return true;
    },
    leave: () => {
      const next = line.shift();
      if (next === undefined) taken -= 1;
      else next();
    },
  };
}
