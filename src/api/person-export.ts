import { z } from 'zod';
import { EXPORT_KINDS, exportPerson } from '../contacts/person-export.ts';
import { contactParams } from './contact-status.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute } from './http/route.ts';
import { contactId, iso, isoOrNull, line, shape, time } from './http/shapes.ts';

/** Most items in one answer. A person of whom more is held is exported from the console, which streams the file. */
const MOST_ITEMS = 20_000;

const item = shape('PersonExportItem', {
  kind: z.enum(EXPORT_KINDS),
  at: time.nullable().meta({ description: 'When it happened; null for what is true now.' }),
  data: z.unknown().meta({ override: { type: 'object' }, description: 'What is held, by its kind.' }),
});

/** Everything that is held about one person, as the answer to their request for it. */
export const EXPORT_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/contacts/{id}/export',
  scope: 'numbers:reveal',
  id: 'exportPerson',
  returns: 'Everything that is held, item by item.',
  summary: 'Export everything that is held about a person, with number and words, on record.',
  rate: 'lookups',
  params: contactParams,
  body: shape('ExportPersonRequest', {
    reason: line(3, 200).meta({ description: 'How the person asked, and how you know that it is them.' }),
  }),
  answer: shape('PersonExport', { contact: contactId, exported_at: time, items: z.array(item) }),
  problems: ['not-found', 'not-possible', 'missing-scope'],
  handle: async ({ context, key, params, body }) => {
    if (!key.scopes.has('evidence:read')) {
      throw new Problem('missing-scope', 'An export has words too, so it needs evidence:read besides.');
    }
    const actor = { kind: 'key', id: key.id } as const;
    const found = await exportPerson(context, { contact: params.id, reason: body.reason, actor });
    if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
    const items: z.input<typeof item>[] = [];
    for await (const { kind, at, data } of found) {
      if (items.length >= MOST_ITEMS) {
        const why = `More than ${MOST_ITEMS} things are held about this person. Export them in the console.`;
        throw new Problem('not-possible', why);
      }
      items.push({ kind, at: isoOrNull(at), data });
    }
    return { contact: params.id, exported_at: iso(context.now()), items };
  },
});
