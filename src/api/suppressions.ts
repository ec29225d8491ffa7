import { z } from 'zod';
import { LONGEST_PAGE_S, listSuppressions, type SuppressionView } from '../consent/suppression-list.ts';
import { type Scope, SUPPRESSION_KINDS } from '../domain/consent/suppression.ts';
import { contactRef } from './contact-ref.ts';
import { ifTooLong } from './http/problems.ts';
import { type ApiRoute, defineRoute } from './http/route.ts';
import { iso, isoOrNull, page, paging, plainPage, shape, time } from './http/shapes.ts';

const SCOPE =
  /^(all|program:[\w-]{1,40}|topic:[\w-]{1,40}\/[\w-]{1,40}|sender:\+?\d{4,15}|service:MG[0-9a-f]{32})$/;

const kind = z.enum(SUPPRESSION_KINDS).meta({ id: 'SuppressionKind' });

const suppressionsQuery = z.strictObject({
  ...paging('suppressions', /^[0-9a-f]{24}$/),
  kind: kind.optional().meta({ description: 'Only suppressions of this kind.' }),
  scope: z
    .string()
    .regex(SCOPE, 'It must be all, program:<id>, topic:<program>/<topic>, sender:<number> or service:<id>.')
    .optional()
    .meta({
      description:
        'Only suppressions of this scope: all, program:<id>, topic:<program>/<topic>, sender:<number> or service:<id>.',
      examples: ['program:deals'],
    }),
});

const suppressionFields = {
  scope: z.string(),
  kind,
  since: time,
  generation: z.number().meta({ description: 'Raised by every opt-out of the scope.' }),
  stands: z
    .boolean()
    .meta({ description: 'Whether it forbids messages of the programs that it was not lifted for.' }),
  lifted_for: z
    .array(z.string())
    .meta({ description: 'Programs that it no longer binds; "*" for all programs.' }),
  source: z
    .string()
    .meta({ description: 'The code of what raised it: the channel and the rule, as in the ledger.' }),
  sentence: z
    .string()
    .meta({ description: 'The suppression in words: scope, day, cause, and whether it stands.' }),
};
export const suppression = shape('Suppression', suppressionFields);

const suppressionsAnswer = page(
  shape('ListedSuppression', {
    ...suppressionFields,
    until: time.nullable().meta({ description: 'When a hold ends in an opt-out.' }),
    contact: contactRef.nullable().meta({
      description:
        'The current holder of the number. Null when there is none, when the holder was erased, and when the keys of this process cannot open the contact.',
    }),
  }),
);

const tooLong = ifTooLong(
  `Finding the next suppressions took longer than ${LONGEST_PAGE_S} s.`,
  'Few suppressions have this scope: ask for another kind than opt-out, or without a scope.',
);

export const shownSuppression = ({ liftedFor, ...row }: SuppressionView) => ({
  scope: row.scope,
  kind: row.kind,
  since: iso(row.since),
  generation: row.generation,
  stands: row.stands,
  lifted_for: liftedFor,
  source: row.source,
  sentence: row.sentence,
});

/** The route that lists suppressions, without the numbers. */
export const SUPPRESSION_ROUTE: ApiRoute = defineRoute({
  method: 'get',
  path: '/suppressions',
  id: 'listSuppressions',
  returns: 'One page of suppressions, without their numbers.',
  scope: 'suppressions:read',
  summary: 'List what forbids sending.',
  query: suppressionsQuery,
  answer: suppressionsAnswer,
  handle: async ({ context, query: { cursor: after = null, limit, kind = null, scope = null } }) => {
    const asked = { after, limit, kind, scope: scope as Scope | null };
    const found = await listSuppressions(context, asked).catch(tooLong);
    return plainPage('suppressions', found, ({ until, contact, ...row }) => ({
      ...shownSuppression(row),
      until: isoOrNull(until),
      contact,
    }));
  },
});
