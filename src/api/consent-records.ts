import { z } from 'zod';
import { listConsentRecords } from '../contacts/consent-records.ts';
import { ACT_CHANNELS } from '../domain/consent/channels.ts';
import { EVENT_KINDS } from '../domain/consent/decision.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute, readerOf } from './http/route.ts';
import { contactId, iso, page, paging, plainPage, shape, time } from './http/shapes.ts';

/** The words that a person was shown when they were asked for consent. */
export const disclosure = shape('Disclosure', {
  touchpoint: z.string().meta({ description: 'The place at which the words were shown.' }),
  version: z.number().meta({ description: 'The version of the words.' }),
});

const words = z.string().optional();
const entry = shape('ConsentRecord', {
  seq: z.number().meta({ description: 'The place of the entry in the ledger of the contact, from 1 on.' }),
  kind: z.enum(EVENT_KINDS).meta({ id: 'ConsentEventKind' }),
  program: z.string().nullable(),
  topics: z.array(z.string()),
  scope: z.string().nullable(),
  reason: z.string().nullable(),
  disclosure: disclosure.nullable(),
  channel: z.enum(ACT_CHANNELS),
  sender: z.string().nullable().meta({ description: 'Our number to which or from which a text went.' }),
  actor: z.string(),
  rules: z.string(),
  answers: z.number().nullable(),
  acted_at: time,
  recorded_at: time,
  commitments: z
    .partialRecord(z.enum(['number', 'words', 'shown', 'messageSid', 'origin']), z.string())
    .meta({
      id: 'ConsentRecordCommitments',
      description: 'The SHA-256, in hex, of each personal field with its salt.',
    }),
  prev: z.string().meta({ description: 'The hash of the entry before; 64 zeros in the first entry.' }),
  hash: z.string().meta({ description: 'The SHA-256 of this entry, in hex.' }),
  personal: shape('ConsentRecordEvidence', {
    number: words,
    words,
    shown: words,
    messageSid: words,
    origin: words,
  })
    .nullable()
    .meta({
      description:
        'Only with the scope evidence:read, and until the fields are erased. The number is masked.',
    }),
  salts: shape('ConsentRecordSalts', { words, shown: words, messageSid: words, origin: words })
    .nullable()
    .meta({
      description:
        'Shown where `personal` is shown. The commitment of a field is the SHA-256 of its salt and its value (docs/evidence-check.md). The number has no salt here: with the salt the masked digits could be tried out.',
    }),
});

const recordsAnswer = page(entry)
  .extend({
    verified: z.boolean().meta({
      description:
        'Whether the whole chain of the contact is unbroken and signed by this installation, covers all that the contact is subscribed to, and fits the texts, messages and opt-outs on record. Checked for this answer.',
    }),
    fault: shape('ConsentRecordFault', { seq: z.number(), what: z.string() })
      .nullable()
      .meta({ description: 'The first entry at which the chain is wrong. Null when it is whole.' }),
  })
  .meta({ id: 'ConsentRecordPage' });

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
  id: 'listConsentRecords',
  returns: 'One page of the ledger, the oldest entry first, and whether the whole ledger is unbroken.',
  scope: 'contacts:read',
  summary: "List a contact's consent ledger, oldest first, and verify its chain.",
  query: z.strictObject({ contact: contactId, ...paging('consent-records', /^\d{1,9}$/) }),
  answer: recordsAnswer,
  problems: ['not-found', 'not-possible'],
  handle: async (call) => {
    const { contact, cursor: after = null, limit } = call.query;
    const found = await listConsentRecords(call.context, { contact, after, limit, ...readerOf(call) });
    if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
    const { fault } = found;
    return { ...plainPage('consent-records', found, shownRecord), verified: fault === null, fault };
  },
});
