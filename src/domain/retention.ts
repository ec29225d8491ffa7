import { DAY_MS } from './durations.ts';

/** What ends the records of a kind: a database index, the job, a maximum count, a person's erasure, or nothing. */
export type EndedBy = 'index' | 'job' | 'count' | 'erasure' | 'nothing';

export type RetentionRule = {
  what: string;
  /** The collections concerned. */
  of: readonly string[];
  /** Null when no number of days ends them. `words`: the number of days that the installation sets. */
  days: number | 'words' | null;
  by: EndedBy;
  why: string;
  /** The law or guideline; "own choice" when there is none. */
  source: string;
};

/** Days for which words are kept unless configured: about as long as Twilio keeps its message log. */
export const USUAL_WORDS_DAYS = 400;

/**
 * Limits of the setting. At least 30 days, because staff answers, holds of five business days and their review all
 * read the words. At most five years.
 */
export const WORDS_DAYS = { least: 30, most: 1830 } as const;

/**
 * How far before the end of the last run the next one begins, days: for texts that were still open or unanswered
 * then.
 */
const AGAIN_DAYS = 90;

/** Days after which a run starts with the oldest words again, for texts that were open longer than that. */
export const WHOLE_DAYS = 30;

/**
 * Progress of past runs; null when no run, or no run from the oldest words on, has finished. Words before `doneUntil`
 * are removed.
 */
export type WalksDone = { doneUntil: Date | null; wholeAt: Date | null };

/** The moment from which the next run looks at words; 0 for a run from the oldest words on. */
export function walkFrom({ doneUntil, wholeAt }: WalksDone, now: Date): Date {
  const whole =
    doneUntil === null || wholeAt === null || now.getTime() - wholeAt.getTime() >= WHOLE_DAYS * DAY_MS;
  return new Date(whole ? 0 : doneUntil.getTime() - AGAIN_DAYS * DAY_MS);
}

const MINIMISE = 'GDPR Art. 5(1)(c) and (e): no more, and no longer, than needed';
const LIMITATION = '28 USC 1658 (four years for claims under the TCPA)';
const EVIDENCE = `${LIMITATION}; 16 CFR 310.5 (five years)`;
const OWN = 'own choice';

/** What is kept, and for how long. No rule ends the ledger, a suppression or a consent in force. */
export const RETENTION: readonly RetentionRule[] = [
  {
    what: 'words of texts and messages',
    of: ['inbound', 'deliveries'],
    days: 'words',
    by: 'job',
    why: 'What was said answers complaints and back-tests; after that the fact alone stays: when, from which number of ours, how it was read.',
    source: MINIMISE,
  },
  {
    what: 'that a text or a message was',
    of: ['inbound', 'deliveries'],
    days: null,
    by: 'nothing',
    why: 'The last message under a consent starts the time for which its proof is kept; a text posted again is known.',
    source: EVIDENCE,
  },
  {
    what: 'the ledger of consent, and the words people were shown',
    of: ['consentEvents', 'ledgerAttestations', 'disclosures', 'merges'],
    days: null,
    by: 'nothing',
    why: 'Proof of consent is kept for at least five years after the last message under it; nothing ends it by itself.',
    source: EVIDENCE,
  },
  {
    what: 'what the carrier said of who holds a number',
    of: ['holderAnswers'],
    days: null,
    by: 'nothing',
    why: 'Whoever asked and was told that nobody new holds the number may rely on it; kept as long as the ledger, with the day asked from.',
    source: `47 CFR 64.1200(m); ${LIMITATION}`,
  },
  {
    what: 'what forbids sending',
    of: ['suppressions'],
    days: null,
    by: 'nothing',
    why: 'An opt-out holds for good, and outlives the person it came from.',
    source: '47 CFR 64.1200(d)(6) (five years at least); CTIA 5.1.3',
  },
  {
    what: 'who looked at what, and who changed what',
    of: ['auditEntries', 'auditDays'],
    days: null,
    by: 'nothing',
    why: 'It proves who saw personal data and why. It holds ids and the reasons of staff, no numbers and no words of people.',
    source: OWN,
  },
  {
    what: 'people, what they did and what they clicked',
    of: [
      'contacts',
      'events',
      'clicks',
      'journeyRuns',
      'couponCodes',
      'testRecipients',
      'mergeCandidates',
      'personNotes',
    ],
    days: null,
    by: 'erasure',
    why: 'As long as the person is held. There is no way yet to erase one: opt them out of everything, and empty their profile.',
    source: 'GDPR Art. 17; 11 CCR 7022',
  },
  {
    what: 'short links',
    of: ['links'],
    days: 400,
    by: 'index',
    why: 'As long as profiles remember what a person did.',
    source: OWN,
  },
  {
    what: "the carrier's answers about numbers",
    of: ['numberFacts'],
    days: 400,
    by: 'index',
    why: 'Longer than any answer is good; the last one stays with its contact.',
    source: OWN,
  },
  {
    what: 'receipts that found no delivery',
    of: ['receipts'],
    days: 30,
    by: 'index',
    why: 'Long enough to be seen and looked into.',
    source: OWN,
  },
  {
    what: 'that a form of a text was uncertain, once it is settled',
    of: ['uncertainTexts'],
    days: 3,
    by: 'index',
    why: 'The same form again costs no second fetch; the form itself goes as soon as the carrier has told.',
    source: OWN,
  },
  {
    what: 'first answers to requests with an Idempotency-Key',
    of: ['idempotencyKeys'],
    days: 1,
    by: 'index',
    why: 'As long as a client may send the same again.',
    source: OWN,
  },
  {
    what: 'which routes of the API keys called, and how each was answered',
    of: ['apiRequests'],
    days: 7,
    by: 'index',
    why: 'Long enough for an integrator to see what failed. It holds no path, no body and no id; at most 20,000 are kept.',
    source: OWN,
  },
  {
    what: 'sign-ins to the console, from the end that each names',
    of: ['sessions'],
    days: 0,
    by: 'index',
    why: 'A sign-in ends eight hours after its last request.',
    source: OWN,
  },
  {
    what: 'devices and links of staff, from the end that each names',
    of: ['staffSignIns', 'staffLinks'],
    days: 0,
    by: 'index',
    why: 'A sign-in ends eight hours after its last request and seven days after it began; a link works for 24 or 72 hours.',
    source: OWN,
  },
  {
    what: 'counted tries to sign in, from the end that each names',
    of: ['signInTries'],
    days: 0,
    by: 'index',
    why: 'Tries are counted for an hour, by hashes of address, account and device.',
    source: OWN,
  },
  {
    what: 'members of staff, with name and e-mail address',
    of: ['staff'],
    days: null,
    by: 'nothing',
    why: 'The audit trail names who did what. Password, passkeys and second factor go when a member leaves.',
    source: OWN,
  },
  {
    what: 'which text or hold a member of staff opened last',
    of: ['queueLooks'],
    days: 1,
    by: 'index',
    why: 'It warns the next reader for five minutes.',
    source: OWN,
  },
  {
    what: 'runs over numbers and back-tests that have ended',
    of: ['verifications', 'backTests'],
    days: USUAL_WORDS_DAYS,
    by: 'job',
    why: 'Whoever adopted rules can show on what they decided; their samples name texts whose words are gone by then.',
    source: OWN,
  },
  {
    what: 'runs of jobs',
    of: ['jobRuns'],
    days: null,
    by: 'count',
    why: 'The last 50 of each that did something, or failed.',
    source: OWN,
  },
  {
    what: 'what web processes said of their spool',
    of: ['webProcesses'],
    days: 1,
    by: 'index',
    why: 'A process that runs says it again every few seconds.',
    source: OWN,
  },
  {
    what: 'lines of the spool that cannot be read (`.torn`)',
    of: [],
    days: null,
    by: 'nothing',
    why: 'Half a line, or one that was changed; sealed like the spool. Whoever runs the gateway looks at them and removes them.',
    source: OWN,
  },
  {
    what: "figures, nobody's data",
    of: ['dailyFigures', 'dailyMoves', 'jobDays', 'qualityScores', 'qualityAlarms', 'incidents'],
    days: null,
    by: 'nothing',
    why: 'Reports compare years.',
    source: OWN,
  },
  {
    what: 'settings, and what people planned',
    of: [
      ...[
        'programs',
        'senders',
        'senderStates',
        'apiKeys',
        'marks',
        'jobStates',
        'contactFields',
        'savedAnswers',
        'templates',
      ],
      ...['segments', 'campaigns', 'journeys', 'journeyVersions', 'couponPools', 'peopleViews'],
    ],
    days: null,
    by: 'nothing',
    why: 'They say by what a message was sent.',
    source: OWN,
  },
];

/** Days after which an index ends the documents of a collection. Throws when no index does. */
export function keptDays(collection: string): number {
  const rule = RETENTION.find(
    ({ of: collections, by }) => by === 'index' && collections.includes(collection),
  );
  if (typeof rule?.days !== 'number') throw new Error(`no retention index deletes the rows of ${collection}`);
  return rule.days;
}

/** `keptDays` in seconds, as a TTL index needs it. */
export const keptSeconds = (collection: string): number => (keptDays(collection) * DAY_MS) / 1000;
