import { csv, sendForm, sendLines } from '../../api/http/streaming.ts';
import {
  AUDIT_COLUMNS,
  type AuditEntryView,
  type AuditQuery,
  auditActors,
  auditCells,
  auditRow,
  countAudit,
  exportAudit,
  listAudit,
  MOST_COUNTED,
} from '../../consent/audit/audit-trail.ts';
import { followAuditDay, isQuicklyVerified, verifyAuditDay } from '../../consent/audit/verify-audit.ts';
import { actorText, readActor } from '../../domain/access/actor.ts';
import { AUDIT_ACT_NAMES, AUDIT_KINDS, type AuditKind } from '../../domain/audit/acts.ts';
import { showClock, showDay, showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { utcDay } from '../../domain/durations.ts';
import { dateAfter, instantOf, wallTimeAt } from '../../domain/hours/local-time.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

const PER_PAGE = 50;
const ACTOR = /^(key|staff|job):[\w-]{1,100}$/;
const CONTACT_ID = /^c_[\w-]{1,62}$/;
const HANDLE = /^[A-HJ-NP-Z2-9]{4}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CURSOR = /^\d{1,15} [\w:.#-]{1,100}$/;

/** What each kind of act is called on the page, and its sign. */
const KIND_WORDS: Readonly<Record<AuditKind, { word: string; sign: string }>> = {
  read: { word: 'Readings', sign: 'record' },
  change: { word: 'Changes', sign: 'note' },
  export: { word: 'Exports', sign: 'out' },
  'sign-in': { word: 'Sign-ins', sign: 'staff' },
};

/** The filter as the address has it. An empty field of the form is no filter. */
type FilterText = { who: string | null; what: string | null; person: string | null; day: string | null };

const FIELDS = ['who', 'what', 'person', 'day'] as const;

function askedOf({ request }: Pick<PageCall, 'request'>): FilterText {
  const read = (field: (typeof FIELDS)[number]): string | null => {
    const value = request.query[field];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  };
  const person = read('person');
  return {
    ...{ who: read('who'), what: read('what'), day: read('day') },
    person: person !== null && HANDLE.test(person.toUpperCase()) ? person.toUpperCase() : person,
  };
}

function isDay(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`);
  // The runtime reads February 31 as a day of March.
  return DAY.test(text) && !Number.isNaN(midnight.getTime()) && utcDay(midnight) === text;
}

/** What the trail opens with: readings are most of it, and few come to see them. */
const ACTS: readonly AuditKind[] = ['change', 'export'];

const isPlain = ({ who, person, day }: FilterText): boolean =>
  who === null && person === null && day === null;

/** Whether readings and sign-ins are left out: nothing else was asked for, or just this. */
const isOfActs = (asked: FilterText): boolean =>
  asked.what === 'acts' || (asked.what === null && isPlain(asked));

/** The kinds of acts that an address asks for; null: all. */
function kindsOf(asked: FilterText): readonly AuditKind[] | null {
  if (isOfActs(asked)) return ACTS;
  const kind = AUDIT_KINDS.find((known) => known === asked.what);
  return kind === undefined ? null : [kind];
}

/** The query that an address asks for, or what about it cannot be read. */
function queryOf({ who, what, person, day }: FilterText, zone: string): AuditQuery | { fault: string } {
  const kinds = kindsOf({ who, what, person, day });
  const act = AUDIT_ACT_NAMES.find((known) => known === what) ?? null;
  const handle = person !== null && HANDLE.test(person) ? person : null;
  const isPerson = person !== null && CONTACT_ID.test(person);
  if (who !== null && !ACTOR.test(who))
    return { fault: 'Nobody is called that here. Choose who from the list.' };
  if (what !== null && what !== 'all' && kinds === null && act === null)
    return { fault: 'No act is called that. Choose one from the list.' };
  if (person !== null && handle === null && !isPerson)
    return {
      fault: 'A person’s handle has four letters or digits, such as K7FQ. Numbers are not kept here.',
    };
  if (day !== null && !isDay(day)) return { fault: 'There is no such day.' };
  const midnight = (date: string): Date => instantOf(zone, { date, minutes: 0 });
  return {
    actor: who === null ? null : readActor(who),
    ...{ act, kinds, handle },
    subject: isPerson ? { kind: 'person', id: person } : null,
    from: day === null ? null : midnight(day),
    until: day === null ? null : midnight(dateAfter(day, 1)),
  };
}

/** The address of the trail with this filter. */
function addressOf(
  asked: FilterText,
  change: Partial<FilterText & { after: string }>,
  at = '/console/audit',
): string {
  const query = new URLSearchParams();
  for (const [field, value] of Object.entries({ ...asked, ...change }))
    if (value !== null) query.set(field, value);
  return query.size === 0 ? at : `${at}?${query}`;
}

const list = definePage({
  method: 'get',
  path: '/audit',
  permission: 'audit:read',
  handle: async (call) => {
    const { context, viewer, request, show, t } = call;
    const asked = askedOf(call);
    const query = queryOf(asked, viewer.zone);
    const actors = await auditActors(context);
    const form = {
      title: t('Audit trail'),
      asked,
      zone: viewer.zone.replaceAll('_', ' '),
      actors: actors.map(({ actor, name }) => ({ value: actorText(actor), name })),
      what: isOfActs(asked) ? 'acts' : (asked.what ?? 'all'),
      kinds: [
        { value: 'acts', word: t('Changes and exports') },
        ...AUDIT_KINDS.map((kind) => ({ value: kind, word: t(KIND_WORDS[kind].word) })),
      ],
    };
    if ('fault' in query) return show('audit', { ...form, ...NOTHING_READ, fault: t(query.fault) }, 422);
    const after = positionOf(request.query.after);
    const page = await listAudit(context, { query, reader: actorOf(viewer), after, limit: PER_PAGE });
    const chips = chipsOf(asked, { ...form, found: page.items });
    await show('audit', {
      ...{ ...form, chips },
      fault: null,
      answer: await answerOf(call, { asked, query, page, isFirst: after === null }),
      readings: await readingsOf(call, asked, query),
      days: daysOf(page.items, call, asked),
      next: page.next && addressOf(asked, { after: cursorOf(page.next) }),
      first: after === null ? null : addressOf(asked, {}),
      csv: addressOf(asked, {}, '/console/audit.csv'),
      ndjson: addressOf(asked, {}, '/console/audit.ndjson'),
    });
  },
});

/** The page of a filter that cannot be read shows no entries: all of them would be an answer to another question. */
const NOTHING_READ = {
  chips: [],
  answer: null,
  readings: null,
  days: [],
  next: null,
  first: null,
};

const cursorOf = ({ at, id }: { at: Date; id: string }): string => `${at.getTime()} ${id}`;

function positionOf(cursor: unknown): { at: Date; id: string } | null {
  if (typeof cursor !== 'string' || !CURSOR.test(cursor)) return null;
  const [at = '', id = ''] = cursor.split(' ');
  return { at: new Date(Number(at)), id };
}

/** `isWhole`: null where nobody has checked. */
type Check = { isWhole: boolean | null; sentence: string; door: string | null };

/**
 * What following the chains of the day in view found: the day of the filter, or today. Days are those of UTC, in which
 * the chains are kept. A long day is followed when somebody asks for it.
 */
async function checkOf({ context, viewer, request, t }: PageCall, asked: FilterText): Promise<Check> {
  const day = asked.day ?? utcDay(context.now());
  if (request.query.check === 'yes') {
    const { isWhole, sentence } = await verifyAuditDay(context, { day, reader: actorOf(viewer) });
    return { isWhole, sentence, door: null };
  }
  if (!(await isQuicklyVerified(context, day))) {
    const address = addressOf(asked, {});
    const door = `${address}${address.includes('?') ? '&' : '?'}check=yes`;
    return { isWhole: null, sentence: t('The day has too many entries to check at sight.'), door };
  }
  const { isWhole, sentence } = await followAuditDay(context, day);
  return { isWhole, sentence, door: null };
}

const figure = (count: number): string =>
  count > MOST_COUNTED ? `more than ${MOST_COUNTED.toLocaleString('en-US')}` : count.toLocaleString('en-US');

type Listed = {
  asked: FilterText;
  query: AuditQuery;
  page: { items: readonly AuditEntryView[] };
  isFirst: boolean;
};

/** Who did what last, how much was done today, and whether the chains hold. */
async function answerOf(call: PageCall, { asked, query, page, isFirst }: Listed) {
  const { context, viewer, t } = call;
  const check = isFirst ? await checkOf(call, asked) : null;
  const [last] = isFirst ? page.items : [];
  const count = await countAudit(context, query);
  const counted = t('1 act matches. || {figure} acts match.', { count, figure: figure(count) });
  const sign = check === null || check.isWhole === null ? 'off' : check.isWhole ? 'good' : 'stop';
  const checked = check?.sentence ?? t('Reading on is part of the same reading, which is on record.');
  const base = { sign, check: check?.door ?? null };
  if (last === undefined) {
    const none = asked.what === null && isPlain(asked);
    const nothing = none ? t('Nothing has been changed or exported yet.') : t('No act matches.');
    const sentence = count === 0 ? nothing : counted;
    return { ...base, sentence, cause: checked };
  }
  const when = fromNow(last.at, context.now(), viewer.language);
  const { date } = wallTimeAt(viewer.zone, context.now());
  const from = instantOf(viewer.zone, { date, minutes: 0 });
  const today = asked.day === null ? await countAudit(context, { ...query, from }) : null;
  const ofToday = today === null ? '' : t('{today} today. ', { today: figure(today) });
  return {
    ...base,
    sentence: t('Last, {when}: {sentence}', { when, sentence: last.sentence }),
    cause: `${counted} ${ofToday}${checked}`,
  };
}

/** The door to the readings that this list leaves out; null where it has them. */
async function readingsOf({ context }: PageCall, asked: FilterText, query: AuditQuery) {
  if (!isOfActs(asked)) return null;
  const count = await countAudit(context, { ...query, kinds: ['read'] });
  return { count, figure: figure(count), href: addressOf(asked, { what: 'read' }) };
}

type Labels = {
  actors: readonly { value: string; name: string }[];
  kinds: readonly { value: string; word: string }[];
  found: readonly AuditEntryView[];
};

/** The filters in force, each with the address that lacks it. */
function chipsOf(asked: FilterText, { actors, kinds, found }: Labels): { label: string; href: string }[] {
  const labels: Record<(typeof FIELDS)[number], string | null | undefined> = {
    who: actors.find(({ value }) => value === asked.who)?.name ?? asked.who,
    what: kinds.find(({ value }) => value === asked.what)?.word ?? asked.what?.replaceAll('-', ' '),
    person: found.find(({ subject }) => subject?.id === asked.person)?.whom ?? asked.person,
    day: asked.day,
  };
  return FIELDS.flatMap((field) =>
    asked[field] === null ? [] : [{ label: labels[field] ?? '', href: addressOf(asked, { [field]: null }) }],
  );
}

/** Entries under the days of the viewer's zone. */
function daysOf(items: readonly AuditEntryView[], { viewer }: PageCall, asked: FilterText) {
  const { zone, language } = viewer;
  const rows = items.map(({ at, actor, subject, who, ...entry }) => ({
    ...{ at, who, sentence: entry.sentence, sign: KIND_WORDS[entry.kind].sign },
    day: showDay(at, zone, language),
    time: showClock(at, zone, language, 'second'),
    full: showTime(at, zone, language),
    ofActor: addressOf(asked, { who: actorText(actor) }),
    ofAct: addressOf(asked, { what: entry.act }),
    act: entry.act.replaceAll('-', ' '),
    person: subject?.kind === 'person' ? subject.id : null,
    handle: subject?.kind === 'person' ? handleOf(subject.id) : null,
    ofPerson: subject?.kind === 'person' ? addressOf(asked, { person: subject.id }) : null,
  }));
  const days = [...new Set(rows.map(({ day }) => day))];
  return days.map((day) => ({ day, rows: rows.filter((row) => row.day === day) }));
}

async function* entriesOf({ context, viewer }: PageCall, query: AuditQuery): AsyncGenerator<AuditEntryView> {
  yield* exportAudit(context, { query, reader: actorOf(viewer) });
}

type Export = { call: PageCall; query: AuditQuery };

async function* csvRows({ call, query }: Export) {
  for await (const entry of entriesOf(call, query)) yield auditCells(entry);
}

async function* jsonRows({ call, query }: Export) {
  for await (const entry of entriesOf(call, query)) yield auditRow(entry);
}

/** A file of exactly the rows that the page with this filter lists, without the entry of the export itself. */
const exportPage = (ending: 'csv' | 'ndjson', send: (asked: Export) => Promise<void>) =>
  definePage({
    method: 'get',
    path: `/audit.${ending}`,
    permission: 'audit:read',
    freshSignIn: true,
    fileOf: '/audit',
    handle: async (call) => {
      const asked = askedOf(call);
      const query = queryOf(asked, call.viewer.zone);
      if ('fault' in query) return call.go(addressOf(asked, {}));
      call.response.set('Content-Disposition', `attachment; filename="audit.${ending}"`);
      await send({ call, query });
    },
  });

const CSV = csv<Export>(AUDIT_COLUMNS, csvRows);

export const AUDIT_PAGES = [
  list,
  exportPage('csv', (asked) => sendForm(asked.call.response, CSV, asked)),
  exportPage('ndjson', (asked) => sendLines(asked.call.response, 200, jsonRows(asked))),
];
