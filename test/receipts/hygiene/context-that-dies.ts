import type { AppContext } from '../../../src/consent/app-context.ts';

/** A context whose process dies at the given use of the database. */
export function contextThatDiesAt(context: AppContext, after: number): AppContext {
  let left = after;
  const mortal = <T extends object>(of: T): T =>
    new Proxy(of, {
      get: (target, name) => {
        const part: unknown = Reflect.get(target, name);
        if (typeof part !== 'function') return part;
        return (...args: unknown[]) => {
          left -= 1;
          if (left < 0) throw new Error('killed');
          return part.apply(target, args);
        };
      },
    });
  const { deliveries, contacts, suppressions, incidents, marks } = context.store;
  const parts = Object.entries({ deliveries, contacts, suppressions, incidents, marks });
  const store = {
    ...context.store,
    ...Object.fromEntries(parts.map(([name, part]) => [name, mortal(part)])),
  };
  return { ...context, store, writer: mortal(context.writer) };
}
