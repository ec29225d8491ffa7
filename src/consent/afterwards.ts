/** Work that goes on after the request that began it was answered. */
export type Afterwards = {
  /** Answers with the same work. */
  add: (work: Promise<void>) => Promise<void>;
  /** Resolves when none is left, however it ended: whoever began it tells of failures. */
  drain: () => Promise<void>;
};

export function createAfterwards(): Afterwards {
  const underWay = new Set<Promise<void>>();
  return {
    add: (work) => {
      const over = work.catch(() => undefined).then(() => void underWay.delete(over));
      underWay.add(over);
      return work;
    },
    drain: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
