import { z } from 'zod';
import { listConsentRecords } from '../contacts/consent-records.ts';
import { ACT_CHANNELS } from '../domain/consent/consent-state.ts';
import { EVENT_KINDS } from '../domain/consent/decision.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute, readerOf } from './http/route.ts';
import { contactId, iso, page, paging, plainPage, time } from './http/shapes.ts';

const words = z.string().optional();
const entry = z.strictObject({
  seq: z.number(),
  kind: z.enum(EVENT_KINDS),
  program: z.string().nullable(),
  topics: z.array(z.string()),
  scope: z.string().nullable(),
  reason: z.string().nullable(),
  disclosure: z.strictObject({ touchpoint: z.string(), version: z.number() }).nullable(),
  channel: z.enum(ACT_CHANNELS),
  sender: z.string().nullable(),
  actor: z.string(),
  rules: z.string(),
  answers: z.number().nullable(),
  acted_at: time,
  recorded_at: time,
  commitments: z.partialRecord(z.enum(['number', 'words', 'shown', 'messageSid', 'origin']), z.string()),
  prev: z.string(),
  hash: z.string(),
  personal: z
    .strictObject({ number: words, words, shown: words, messageSid: words, origin: words })
    .nullable()
    .meta({
      description:
        'Only with the scope evidence:read, and until the fields are erased. The number is masked.',
    }),
  salts: z.strictObject({ words, shown: words, messageSid: words, origin: words }).nullable().meta({
    description:
      'Shown where `personal` is shown. The commitment of a field is the SHA-256 of its salt and its value (docs/evidence.md). The number has no salt here: with the salt the masked digits could be tried out.',
  }),
});

type ConsentRecord = NonNullable<Awaited<ReturnType<typeof listConsentRecords>>>['items'][number];

const shownRecord = ({ actedAt, recordedAt, personal, salts, ...open }: ConsentRecord) => ({
  ...open,
  acted_at: iso(actedAt),
  recorded_at: iso(recordedAt),
  personal,
  salts,
});

/** The ledger of one contact. */
export const CONSENT_RECORD_ROUTE: ApiRoute = defineRoute({
  method: 'get',
  path: '/consent-records',
  scope: 'contacts:read',
  summary: "List a contact's consent ledger, oldest first, and verify its chain.",
  query: z.strictObject({ contact: contactId, ...paging('consent-records', /^\d{1,9}$/) }),
  answer: page(entry).extend({
    verified: z.boolean().meta({
      description:
        'Whether the whole chain of the contact is unbroken and signed by this installation, covers all that the contact is subscribed to, and fits the texts, messages and opt-outs on record. Checked for this answer.',
    }),
    fault: z.strictObject({ seq: z.number(), what: z.string() }).nullable(),
  }),
  problems: ['not-found', 'not-possible'],
  handle: async (call) => {
    const { contact, cursor: after = null, limit } = call.query;
    const found = await listConsentRecords(call.context, { contact, after, limit, ...readerOf(call) });
    if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
    const { fault } = found;
    return { ...plainPage('consent-records', found, shownRecord), verified: fault === null, fault };
  },
});
