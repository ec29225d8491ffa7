import { CommandRefused } from '../../consent/command-refused.ts';
import { listNamesOfLists } from '../../contacts/contact-fields.ts';
import { PROGRAM_STATES } from '../../contacts/person-record.ts';
import { may } from '../../domain/access/permissions.ts';
import { isWithinLimit } from '../../domain/access/program-limits.ts';
import { showDay } from '../../domain/console-time.ts';
import { readStanding, readTopicChoice, type TextingStatus } from '../../domain/contacts/people-list.ts';
import { wordsIn } from '../../domain/program.ts';
import { REASONS } from '../../domain/sending/send-rules.ts';
import type { HowMany } from '../../domain/statistics.ts';
import {
  type Joining,
  listPeople,
  type PeopleFilter,
  type PeoplePage,
  type PersonRow,
} from '../../segments/people-list.ts';
import { listPeopleViews, type ViewFilter } from '../../segments/people-views.ts';
import { InvalidSegment, listSegments } from '../../segments/segments.ts';
import type { PageCall } from '../page.ts';
import { actorOf, type Viewer } from '../viewer.ts';

const PER_PAGE = 50;

/** Most segments and lists that the filters offer. */
const MOST_CHOICES = 200;

const CONTACT = /^c_[\w-]{16}$/;
const NAME = /^[^\p{Cc}]{1,100}$/u;

const FIGURES = new Intl.NumberFormat('en-US');

/** Whether the first page about people is a list for this role. The support desk looks people up one by one. */
export const seesList = ({ role }: Pick<Viewer, 'role'>): boolean => may(role, 'reports:read');

/** First names are for those who work with people, not for those who only look at figures. */
const readsNames = ({ role }: Viewer): boolean => may(role, 'contacts:write') || may(role, 'evidence:read');

const FILTERS = ['segment', 'list', 'topic', 'status'] as const;

/** The filters as they stand in an address. */
type AddressFilter = ViewFilter;

/** The address asks for what does not exist. */
class Unfit extends CommandRefused {
  override name = 'Unfit';
}

/** Throws `Unfit`. */
export function addressFilterOf(values: Readonly<Record<string, unknown>>): AddressFilter {
  const givenAs = (name: (typeof FILTERS)[number]): string | null => {
    const value = values[name];
    if (value === undefined || value === '') return null;
    if (typeof value !== 'string' || !NAME.test(value)) throw new Unfit('the address fits no filter');
    return value;
  };
  return {
    segment: givenAs('segment'),
    list: givenAs('list'),
    topic: givenAs('topic'),
    status: givenAs('status'),
  };
}

/** Throws `Unfit`. */
function filterOf(
  { context, viewer }: PageCall,
  { segment, list, topic, status }: AddressFilter,
): PeopleFilter {
  const choice = topic === null ? null : readTopicChoice(topic, context.catalog.current().book);
  const standing = status === null ? null : readStanding(status);
  if ((topic !== null && choice === null) || (status !== null && standing === null))
    throw new Unfit('the address fits no filter');
  if (choice !== null && !isWithinLimit(viewer.programs, [choice.program.id]))
    throw new Unfit('the topic is of a program that the member does not work on');
  return { segment, list, topic: choice, standing };
}

/** The address of the list with some filters changed. */
export function listAddress(filter: AddressFilter, change: Partial<AddressFilter> = {}): string {
  const query = new URLSearchParams();
  const all = { ...filter, ...change };
  for (const name of FILTERS) {
    const value = all[name];
    if (value !== null) query.set(name, value);
  }
  return query.size === 0 ? '/console/people' : `/console/people?${query}`;
}

const NO_FILTER: AddressFilter = { segment: null, list: null, topic: null, status: null };

/** A list that could not be saved, and why. */
type RefusedView = { name: string; fault: string };

/** The list of people. A filter of which nothing is left is said, and everybody is listed. */
export async function showPeopleList(call: PageCall, refused: RefusedView | null = null): Promise<void> {
  try {
    const address = addressFilterOf(refused === null ? call.request.query : call.request.body);
    await showFiltered(call, { address, fault: null, refused });
  } catch (error) {
    if (!(error instanceof Unfit || error instanceof InvalidSegment)) throw error;
    const fault = call.t('The address asks for something that there is not. Here are all people.');
    await showFiltered(call, { address: NO_FILTER, fault, refused: null });
  }
}

type Shown = { address: AddressFilter; fault: string | null; refused: RefusedView | null };

async function showFiltered(call: PageCall, { address, fault, refused }: Shown): Promise<void> {
  const { context, request, viewer, show, t } = call;
  const filter = filterOf(call, address);
  const { after: place } = request.query;
  const after = fault === null && typeof place === 'string' && CONTACT.test(place) ? place : null;
  const page = await listPeople(context, {
    ...filter,
    ...{ after, limit: PER_PAGE, actor: actorOf(viewer), readsNames: readsNames(viewer) },
    within: viewer.programs,
  });
  const choices = await choicesOf(call);
  const model = {
    title: t('People'),
    fault,
    answer: answerOf(call, page, filter),
    figures: page.tally.total.people === 0 ? null : figuresOf(call, page, address),
    form: { ...choices, values: address },
    chips: chipsOf(call, choices, { address, filter }),
    ...rowsOf(call, page, address, filter),
    first: after === null ? null : listAddress(address),
    next: page.next === null ? null : withPlace(listAddress(address), page.next),
    readsNames: readsNames(viewer),
    views: await viewsOf(call),
    mayShare: may(viewer.role, 'programs:write'),
    refused,
  };
  await show('people-list', model, fault === null && refused === null ? 200 : 422);
}

/** Most saved lists that the page offers: all of the viewer and for everybody. */
const MOST_VIEWS = 100;

async function viewsOf({ context, viewer }: PageCall) {
  const request = { actor: actorOf(viewer), after: null, limit: MOST_VIEWS };
  const { items } = await listPeopleViews(context, request);
  return items.map(({ id, name, filter, isShared }) => ({
    ...{ id, name, isShared, href: listAddress(filter) },
    mayRemove: !isShared || may(viewer.role, 'programs:write'),
  }));
}

const withPlace = (path: string, after: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}after=${after}`;

function answerOf({ t, viewer }: PageCall, { tally }: PeoplePage, { topic }: PeopleFilter) {
  const { total, may: allowed } = tally;
  if (total.people === 0) return { sign: 'off', sentence: t('Nobody matches.'), cause: null };
  const values = { may: FIGURES.format(allowed.people), all: FIGURES.format(total.people) };
  const about = topic === null ? null : wordsIn(topic.topic.name, viewer.language);
  const isExact = total.exact && allowed.exact;
  const cause = isExact
    ? t(
        'Each person counts once, under the first reason. Quiet hours and caps are looked at when a message goes.',
      )
    : t('Estimated from a sample: between {least} and {most}, 95 times in a hundred.', boundsOf(allowed));
  return { sign: null, sentence: sentenceOf(t, { ...values, about }, isExact), cause };
}

type Values = { may: string; all: string; about: string | null };

function sentenceOf(t: PageCall['t'], { about, ...values }: Values, isExact: boolean): string {
  if (about !== null) {
    return isExact
      ? t('{may} of {all} people may be texted about {about} now.', { ...values, about })
      : t('About {may} of {all} people may be texted about {about} now.', { ...values, about });
  }
  return isExact
    ? t('{may} of {all} people may be texted now.', values)
    : t('About {may} of {all} people may be texted now.', values);
}

const boundsOf = ({ between: [least, most] }: HowMany) => ({
  least: FIGURES.format(least),
  most: FIGURES.format(most),
});

function wordsOf(t: PageCall['t'], standing: TextingStatus): string {
  if (standing === 'may') return t('May be texted');
  return standing === 'unreadable' ? t('No key of this process opens the contact.') : t(REASONS[standing]);
}

/** Who may be texted, each reason why others may not, and all of them: the parts add up, and each leads to its people. */
function figuresOf({ t }: PageCall, { tally }: PeoplePage, address: AddressFilter) {
  const figure = (words: string, people: HowMany, status: TextingStatus | null) => ({
    words,
    count: FIGURES.format(people.people),
    about: people.exact ? null : t('{least} to {most}', boundsOf(people)),
    href: listAddress(address, { status }),
    isCurrent: address.status === status,
  });
  const parts = [{ standing: 'may' as const, people: tally.may }, ...tally.whyNot];
  return {
    parts: parts.map(({ standing, people }) => figure(wordsOf(t, standing), people, standing)),
    all: figure(t('All'), tally.total, null),
  };
}

async function choicesOf({ context, viewer, t }: PageCall) {
  const [segments, lists] = await Promise.all([
    listSegments(context, { archived: false, after: '', limit: MOST_CHOICES }),
    listNamesOfLists(context, { after: null, limit: MOST_CHOICES }),
  ]);
  const { book } = context.catalog.current();
  const programs = book.programs.filter(({ id }) => isWithinLimit(viewer.programs, [id]));
  return {
    segments: segments.map(({ id, name }) => ({ value: id, label: name })),
    lists: lists.items.map((name) => ({ value: name, label: name })),
    topics: programs.flatMap(({ id, name, topics }) =>
      topics.map((topic) => ({
        value: `${id}:${topic.id}`,
        label: `${name}: ${wordsIn(topic.name, viewer.language)}`,
      })),
    ),
    statuses: (['may', ...STATUSES] as const).map((standing) => ({
      value: standing,
      label: wordsOf(t, standing),
    })),
  };
}

/** The reasons that say something about a person, whatever the message. */
const STATUSES = [
  'opted-out',
  'held',
  'carrier-blocks',
  'bad-number',
  'not-subscribed',
  'consent-lapsed',
  'topic-off',
  'paused',
  'other-number-stopped',
  'no-sender',
] as const satisfies TextingStatus[];

type Choices = Awaited<ReturnType<typeof choicesOf>>;

/** The filters in force, each with the address without it. */
function chipsOf(
  { viewer, t }: PageCall,
  { segments }: Choices,
  { address, filter: { topic, standing } }: { address: AddressFilter; filter: PeopleFilter },
) {
  const { segment, list } = address;
  const labels: AddressFilter = {
    segment: segments.find(({ value }) => value === segment)?.label ?? segment,
    list: list === null ? null : t('on the list {list}', { list }),
    topic: topic === null ? null : wordsIn(topic.topic.name, viewer.language),
    status: standing === null ? null : wordsOf(t, standing),
  };
  return FILTERS.flatMap((name) => {
    const label = labels[name];
    return label === null ? [] : { label, href: listAddress(address, { [name]: null }) };
  });
}

function rowsOf(call: PageCall, page: PeoplePage, address: AddressFilter, { standing }: PeopleFilter) {
  const { tally, rows, before, next } = page;
  const { t } = call;
  const group = tally.whyNot.find((row) => row.standing === standing)?.people;
  const of = standing === null ? tally.total : standing === 'may' ? tally.may : group;
  const count = { from: (before ?? 0) + 1, to: (before ?? 0) + rows.length };
  const figures = Object.fromEntries(
    Object.entries(count).map(([name, value]) => [name, FIGURES.format(value)]),
  );
  const all = FIGURES.format(of?.people ?? 0);
  const range =
    before === null
      ? t('{count} on this page, of about {all}', { count: rows.length, all })
      : t('{from}–{to} of {all}', { ...figures, all });
  const isPart = before === null && next !== null && rows.length < PER_PAGE;
  return {
    rows: rows.map((row) => shownRow(call, row)),
    range: rows.length === 0 ? null : range,
    nothing: rows.length > 0 ? null : isPart ? 'go-on' : address === NO_FILTER ? 'nobody' : 'no-match',
    isPart,
  };
}

function shownRow({ viewer, t }: PageCall, row: PersonRow) {
  const { id, handle, ending, firstName, standing, joining, since, language } = row;
  return {
    id,
    name: t('ending {ending} · {handle}', { ending: ending ?? '····', handle }),
    firstName,
    language: language === null ? null : t(LANGUAGE_NAMES[language]),
    state: stateOf(t, standing, joining),
    why: standing === 'may' ? null : wordsOf(t, standing),
    since: showDay(since, viewer.zone, viewer.language),
  };
}

const LANGUAGE_NAMES = { en: 'English', es: 'Spanish', fr: 'French' } as const;

type ListedState = { sign: 'good' | 'wait' | 'stop' | 'off'; word: string };

/** The state of a person in the words that their own page uses. */
function stateOf(t: PageCall['t'], standing: TextingStatus, joining: Joining | null): ListedState {
  if (joining !== null) {
    const { sign, word } = PROGRAM_STATES[joining === 'unsubscribed' ? 'opted-out' : joining];
    return { sign, word: t(word) };
  }
  switch (standing) {
    case 'may':
      return { sign: 'good', word: t('May be texted') };
    case 'opted-out':
      return { sign: 'stop', word: t('Opted out') };
    case 'held':
      return { sign: 'wait', word: t('On hold') };
    case 'paused':
      return { sign: 'wait', word: t('Paused') };
    case 'carrier-blocks':
    case 'bad-number':
    case 'other-number-stopped':
      return { sign: 'stop', word: t('Not now') };
    case 'other-number-held':
    case 'other-number-paused':
      return { sign: 'wait', word: t('Not now') };
    default:
      return { sign: 'off', word: t('Not now') };
  }
}
