import { randomBytes } from 'node:crypto';
import { checkOverturn } from '../../consent/review/overturn-opt-out.ts';
import {
  decidingRule,
  type PersonRecord,
  PROGRAM_STATES,
  type ProgramLine,
  showPerson,
} from '../../contacts/person-record.ts';
import { listTimeline, type TimelineItem, type TimelinePosition } from '../../contacts/timeline.ts';
import { may } from '../../domain/access/permissions.ts';
import { showClock, showDay, showTime } from '../../domain/console-time.ts';
import { TIMELINE_KINDS, type TimelineKind } from '../../domain/contacts/timeline.ts';
import { wordsIn } from '../../domain/program.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import { actorName } from '../actor-name.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

/** Items of the timeline on one page. */
const PER_PAGE = 50;

/** How long a number stays shown, ms. */
const SHOWN_MS = 30_000;

const CONTACT = /^c_[\w-]{16}$/;

/** The id in the address; null where it is none. */
export function contactIn({ request }: PageCall): string | null {
  const { id } = request.params;
  return typeof id === 'string' && CONTACT.test(id) ? id : null;
}

/** How use cases see the viewer. */
export const readerOf = ({ viewer }: Pick<PageCall, 'viewer'>) => ({
  actor: actorOf(viewer),
  readsEvidence: may(viewer.role, 'evidence:read'),
  language: viewer.language,
  zone: viewer.zone,
});

export const nothingAbout = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

/** What a form of the page held that could not be done, and why. */
type Refused = { act: string; fault: string; typed: Record<string, string> };

/** The page of one person. `refused`: the form that is shown again, with what was typed. */
export async function showRecord(call: PageCall, refused: Refused | null = null): Promise<void> {
  const { context, show, t } = call;
  const id = contactIn(call);
  const record = id === null ? null : await showPerson(context, id, readerOf(call));
  if (record === null) return nothingAbout(call);
  if ('kind' in record) {
    return show('person-erased', { title: t('Erased'), answer: record.answer });
  }
  const timeline = await timelineOf(call, record.id);
  const title = t('Number ending {ending}', { ending: record.ending });
  const overturn = await overturnOf(call, record);
  const acts = { ...actsOf(call, record), overturn };
  if (overturn !== null) acts.closed = null;
  const model = {
    ...shownRecord(call, record),
    ...timeline,
    title,
    acts,
    refused,
    strayFault: refused === null || isOffered(acts, refused.act) ? null : refused.fault,
    form: randomBytes(12).toString('base64url'),
  };
  await show('person', model, refused === null ? 200 : 422);
}

/** Whether the record has the form of this act, beside which its fault is shown. */
function isOffered(acts: ReturnType<typeof actsOf>, act: string): boolean {
  const offered: Record<string, boolean> = {
    note: acts.note,
    join: acts.join.length > 0,
    pause: acts.pause,
    'pause-end': acts.endPause,
    'opt-out': acts.optOut,
    export: acts.dataRequest,
  };
  return offered[act] ?? true;
}

function shownRecord(call: PageCall, record: PersonRecord) {
  const { viewer, context, t } = call;
  const { zone, language } = viewer;
  const time = (at: Date): string => showTime(at, zone, language);
  return {
    person: {
      ...{ id: record.id, handle: record.handle, ending: record.ending, isCurrent: record.isCurrent },
      language: record.language === null ? null : t(LANGUAGE_NAMES[record.language]),
      since: showDay(record.createdAt, zone, language),
      shownNumber: revealedOf(call, record.id),
      inboxItem: record.inboxItem,
      openHold: record.openHold,
      others: record.others,
    },
    answer: withDoubt(record),
    causes: causesOf(record),
    failing: failingOf(call, record),
    programs: record.programs.map((program) => shownProgram(call, record, program)),
    canText: canTextOf(record, t),
    facts: {
      line: record.line,
      zone: record.zone,
      pause: record.pausedUntil === null ? null : time(record.pausedUntil),
      pauseReason: record.staffPause?.reason ?? null,
      hold:
        record.holdUntil === null
          ? null
          : `${time(record.holdUntil)}, ${fromNow(record.holdUntil, context.now(), language)}`,
    },
  };
}

function shownProgram({ viewer, t }: PageCall, record: PersonRecord, program: ProgramLine) {
  const { zone, language } = viewer;
  return {
    id: program.id,
    name: program.name,
    state: { sign: PROGRAM_STATES[program.state].sign, word: t(PROGRAM_STATES[program.state].word) },
    isSubscribed: program.state === 'subscribed' || program.state === 'paused',
    since: program.since === null ? null : showTime(program.since, zone, language),
    entry: program.entry,
    because: program.cause?.what ?? null,
    topics: program.topics.filter(({ isOn }) => isOn).map(({ name }) => wordsIn(name, language)),
    ...textNow(record, program, t),
  };
}

/** The answer, with the sign of doubt where the rules allow texts and the carrier does not bring them. */
const withDoubt = ({ answer, failing }: PersonRecord): PersonRecord['answer'] =>
  failing !== null && answer.sign === 'good' ? { ...answer, sign: 'wait' } : answer;

/** Who is in several programs is in each by an act of its own: the cause of each. Else empty: the answer has the one. */
function causesOf({ answer, programs }: PersonRecord) {
  if (!['subscribed', 'some-topics', 'no-topic'].includes(answer.state)) return [];
  const joined = programs.filter(({ state }) => state === 'subscribed');
  return joined.length < 2
    ? []
    : joined.flatMap(({ name, cause }) => (cause === null ? [] : [{ name, cause }]));
}

/** That the last messages failed, since when and why. What the carrier said is in English. */
function failingOf({ viewer, t }: PageCall, { failing }: PersonRecord) {
  if (failing === null) return null;
  const { count, last, words, isNewerOpen = false } = failing;
  const at = showTime(last, viewer.zone, viewer.language);
  const values = { count, at };
  return {
    says: t(
      'The last message failed on {at}. || The last {count} messages failed, the last on {at}.',
      values,
    ),
    words,
    isNewerOpen,
  };
}

const LANGUAGE_NAMES = { en: 'English', es: 'Spanish', fr: 'French' } as const;

/** The rules that say the same as the answer on top, by its state: said once, they are not repeated below. */
const SAID_ON_TOP: Partial<Record<PersonRecord['answer']['state'], Reason>> = {
  'opted-out': 'opted-out',
  'no-texts': 'bad-number',
  'carrier-block': 'carrier-blocks',
  hold: 'held',
  paused: 'paused',
};

/** The rule that decides in a program, where the answer on top does not say it already. */
function specialRule({ answer }: PersonRecord, { reasons }: Pick<ProgramLine, 'reasons'>): string | null {
  const [first] = reasons;
  return first === undefined || SAID_ON_TOP[answer.state] === first ? null : decidingRule(reasons);
}

function textNow(record: PersonRecord, program: ProgramLine, t: PageCall['t']) {
  const rule = specialRule(record, program);
  return { mayText: program.reasons.length === 0, why: rule === null ? null : t(rule) };
}

/** "Can I text now?": where, or the rule that decides in the program that they are most in. */
function canTextOf(record: PersonRecord, t: PageCall['t']): { sentence: string; rule: string | null } {
  const { programs } = record;
  const open = programs.filter(({ reasons }) => reasons.length === 0).map(({ name }) => name);
  if (open.length > 0) {
    return { sentence: t('Yes, in {programs}.', { programs: open.join(', ') }), rule: null };
  }
  const [first] = [...programs].sort((a, b) => Number(a.state === 'never') - Number(b.state === 'never'));
  if (first === undefined) return { sentence: t('No, in no program.'), rule: null };
  const rule = specialRule(record, first);
  if (rule === null) return { sentence: t('No, in no program, for the reason on top.'), rule: null };
  return { sentence: t('No, in no program.'), rule: t(rule) };
}

/** The number, while it is shown; with how many seconds of that are left. */
function revealedOf({ request, context }: PageCall, contact: string) {
  const { revealed } = request.session;
  if (revealed?.contact !== contact) return null;
  const left = revealed.at + SHOWN_MS - context.now().getTime();
  if (left > 0) return { number: revealed.number, seconds: Math.ceil(left / 1000) };
  delete request.session.revealed;
  return null;
}

/** What the viewer can do, and the sentence about what nobody here can. */
function actsOf(
  { viewer, t }: PageCall,
  { answer, programs, isCurrent, pausedUntil, staffPause }: PersonRecord,
) {
  const mayWrite = may(viewer.role, 'consent:write') && isCurrent;
  const isOut = answer.state === 'opted-out';
  const isIn = programs.some(({ state }) => state === 'subscribed' || state === 'paused');
  const renewable = programs.filter(({ reasons }) => reasons.includes('consent-lapsed'));
  const joinable = programs.filter(
    (program) =>
      renewable.includes(program) || ['never', 'refused', 'expired', 'opted-out'].includes(program.state),
  );
  return {
    note: may(viewer.role, 'evidence:read'),
    optOut: mayWrite && !isOut,
    pause: mayWrite && isIn && !isOut && pausedUntil === null,
    endPause: mayWrite && staffPause !== null,
    join:
      mayWrite && !isOut && answer.sign !== 'stop' && answer.state !== 'hold'
        ? joinable.map((program) => ({
            id: program.id,
            name: renewable.includes(program)
              ? t('{program}: renew', { program: program.name })
              : program.name,
          }))
        : [],
    renews: renewable.length > 0,
    dataRequest: may(viewer.role, 'numbers:reveal') && may(viewer.role, 'evidence:read'),
    closed: isOut ? t('Only their own JOIN or START can reopen this.') : null,
    former: isCurrent ? null : t('The number belongs to somebody else now, so nothing can be done here.'),
    nobody: may(viewer.role, 'consent:write') ? null : t('Your role looks only. Support and compliance act.'),
  };
}

/** The entry of the opt-out that decides, where the viewer may overturn it; null otherwise. */
async function overturnOf(
  { context, viewer }: PageCall,
  { id, answer }: PersonRecord,
): Promise<number | null> {
  const seq = answer.cause?.entry ?? null;
  if (answer.state !== 'opted-out' || seq === null || !may(viewer.role, 'consent:overturn')) return null;
  const { kind } = await checkOverturn(context, { contact: id, seq });
  return kind === 'possible' ? seq : null;
}

/** The place in the timeline that a link names; null: the newest. */
function placeIn(text: unknown): TimelinePosition | null {
  const [, at, key] = typeof text === 'string' ? (/^(\d{1,15})\.([1-4][\w.-]{1,80})$/.exec(text) ?? []) : [];
  return at === undefined || key === undefined ? null : { at: new Date(Number(at)), key };
}

const kindIn = (text: unknown): TimelineKind | null => TIMELINE_KINDS.find((kind) => kind === text) ?? null;

async function timelineOf(call: PageCall, contact: string) {
  const { context, request, t } = call;
  const kind = kindIn(request.query.kind);
  const after = placeIn(request.query.before);
  const { actor, readsEvidence } = readerOf(call);
  const found = await listTimeline(context, {
    ...{ contact, kind, after, limit: PER_PAGE },
    ...{ actor, readsEvidence },
  });
  const counts = found?.counts ?? { text: 0, message: 0, consent: 0, staff: 0, all: 0 };
  const link = (of: TimelineKind | null) =>
    `/console/people/${contact}${of === null ? '' : `?kind=${of}`}#what`;
  const { next = null } = found ?? {};
  const filter = kind === null ? '' : `kind=${kind}&`;
  return {
    days: daysOf(call, found?.items ?? []),
    filters: [
      { word: t('all'), count: counts.all, href: link(null), isCurrent: kind === null },
      ...TIMELINE_KINDS.map((of) => ({
        ...{ word: t(FILTERS[of]), count: counts[of], href: link(of), isCurrent: kind === of },
      })),
    ],
    older:
      next === null
        ? null
        : `/console/people/${contact}?${filter}before=${next.at.getTime()}.${next.key}#what`,
  };
}

const FILTERS: Record<TimelineKind, string> = {
  text: 'texts',
  message: 'messages',
  consent: 'consent',
  staff: 'staff',
};

const SIGN: Record<TimelineKind, string> = { text: 'in', message: 'out', consent: 'record', staff: 'staff' };

/** The items under the days on which they happened, by the viewer's clock. */
function daysOf(call: PageCall, items: readonly TimelineItem[]) {
  const { viewer, t } = call;
  const { zone, language } = viewer;
  const shown = items.map((item) => ({
    ...item,
    day: showDay(item.at, zone, language),
    time: showClock(item.at, zone, language, 'second'),
    full: showTime(item.at, zone, language),
    iso: item.at.toISOString(),
    sign: SIGN[item.kind],
    says: t(item.sentence, item.values),
    reading: item.reading === null ? null : t(item.reading),
    state: item.state === null ? null : { sign: item.state.sign, word: t(item.state.word) },
    byWhom: item.by === null ? null : actorName(item.by, call),
  }));
  const days = [...new Set(shown.map(({ day }) => day))];
  return days.map((day) => ({ day, items: shown.filter((item) => item.day === day) }));
}

export const PERSON_PAGE = definePage({
  method: 'get',
  path: '/people/:id',
  permission: 'contacts:read',
  handle: (call) => showRecord(call),
});
