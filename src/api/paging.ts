import { z } from 'zod';
import type { ZodOpenApiOverrideMetaContext } from 'zod-openapi';

const LIMIT = { least: 1, most: 200, usual: 50 } as const;

/** `limit` as a query has it, digits in a string; described as the number it is. */
const limit = z
  .string()
  .regex(/^([1-9]\d?|1\d\d|200)$/, `It must be a whole number from ${LIMIT.least} to ${LIMIT.most}.`)
  .transform(Number)
  .prefault(String(LIMIT.usual))
  .meta({
    description: 'Most items of one page.',
    override: ({ jsonSchema }: ZodOpenApiOverrideMetaContext) => {
      delete jsonSchema.pattern;
      const { least: minimum, most: maximum, usual } = LIMIT;
      Object.assign(jsonSchema, { type: 'integer', minimum, maximum, default: usual });
    },
  });

/** A place in one list, opaque to who holds it. `position` is the shape of what it hides. */
function cursor(list: string, position: RegExp) {
  return z
    .string()
    .max(200, 'It is not a cursor of this list.')
    .meta({ description: 'The next_cursor of the page before.' })
    .transform((text, context) => {
      const [of, ...rest] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
      const place = rest.join(' ');
      // Encoded again, so that one place has one cursor and nothing may trail behind it.
      if (of === list && position.test(place) && cursorAt(list, place) === text) return place;
      context.addIssue({ code: 'custom', message: 'It is not a cursor of this list.' });
      return z.NEVER;
    })
    .optional();
}

const cursorAt = (list: string, place: string): string =>
  Buffer.from(`${list} ${place}`, 'utf8').toString('base64url');

/** The query fields that page through one list. */
export const paging = (list: string, position: RegExp) => ({ limit, cursor: cursor(list, position) });

/** One page of items, and the cursor of the next; null on the last. */
export const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });

/** Cuts what was read (one row more than a page holds) into a page. */
export function cut<T>(
  list: string,
  rows: readonly T[],
  most: number,
  placeOf: (row: T) => string,
): { rows: T[]; next_cursor: string | null } {
  const rest = rows.length > most ? rows[most - 1] : undefined;
  return {
    rows: rows.slice(0, most),
    next_cursor: rest === undefined ? null : cursorAt(list, placeOf(rest)),
  };
}
