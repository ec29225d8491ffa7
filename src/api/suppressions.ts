import { z } from 'zod';
import { type Scope, SUPPRESSION_KINDS } from '../domain/consent/suppression.ts';
import { mask } from '../domain/numbers.ts';
import { PAGE_MS, pageSuppressions } from '../store/consent/suppressions.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import { suppression, suppressionOf } from './contact-status.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { contactId, isoOrNull, page, paging, time, toPage } from './http/shapes.ts';

const SCOPE =
  /^(all|program:[\w-]{1,40}|topic:[\w-]{1,40}\/[\w-]{1,40}|sender:\+?\d{4,15}|service:MG[0-9a-f]{32})$/;

export const suppressionsQuery = z.strictObject({
  ...paging('suppressions', /^[0-9a-f]{24}$/),
  kind: z.enum(SUPPRESSION_KINDS).optional(),
  scope: z
    .string()
    .regex(SCOPE, 'It must be all, program:<id>, topic:<program>/<topic>, sender:<number> or service:<id>.')
    .optional(),
});

export const suppressionsAnswer = page(
  suppression.extend({
    until: time.nullable().meta({ description: 'When a hold ends, in opt-out.' }),
    contact: z.strictObject({ id: contactId, masked: z.string() }).nullable().meta({
      description: 'Null where the row outlived its holder, or they were erased or cannot be opened.',
    }),
  }),
);

const TOO_LONG = new Problem('unavailable', `Finding the next rows took longer than ${PAGE_MS / 1000} s.`, {
  next_step: 'Few rows are of this scope: ask with another kind than opt-out, or without a scope.',
});

/** Lists suppressions without their numbers. */
export async function listSuppressions({ context, query }: ApiRequest<{ query: typeof suppressionsQuery }>) {
  const { cursor, limit, kind, scope } = query;
  const found = await pageSuppressions(context.store, {
    after: cursor ?? null,
    limit: limit + 1,
    kind: kind ?? null,
    scope: (scope as Scope | undefined) ?? null,
  }).catch((error: unknown) => {
    throw isTimeLimit(error) ? TOO_LONG : error;
  });
  const { rows, next_cursor } = toPage('suppressions', found, limit, (row) => row._id);
  const holders = await findHolders(context.store, [...new Set(rows.map((row) => row.index))]);
  const contacts = new Map(
    holders
      .filter((stored) => stored.sealed !== null)
      .map((stored) => [
        stored.index,
        unlessClosed(() => ({ id: stored._id, masked: mask(openHolder(context.ring, stored, []).number) })),
      ]),
  );
  const items = rows.map((row) => ({
    ...suppressionOf(row),
    until: isoOrNull(row.until),
    contact: contacts.get(row.index) ?? null,
  }));
  return { items, next_cursor };
}
