/**
 * A collection that calls `before` ahead of each call of one method. When `before` throws or rejects, the call does.
 */
export function spied<T extends object>(
  collection: T,
  method: string,
  before: (first: unknown) => unknown,
): T {
  return new Proxy(collection, {
    get: (target, name) => {
      const found = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      if (name !== method) return found.bind(target);
      return (...given: unknown[]) => {
        const first = before(given[0]);
        if (first instanceof Promise) return first.then(() => found.apply(target, given));
        return found.apply(target, given);
      };
    },
  });
}
