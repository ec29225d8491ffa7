import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SENT_EXPORTS, type SentExport, sentFields, sentQueryOf, writeSent } from '../../api/sent.ts';
import { listCampaigns, showCampaign } from '../../campaigns/campaigns.ts';
import { explainDelivery, type MOMENTS } from '../../contacts/deliveries.ts';
import {
  costOfDelivery,
  listSent,
  type MessageCost,
  personName,
  SENT_PLACE,
  type SentCounts,
  type SentRow,
  sentOverview,
} from '../../contacts/sent-messages.ts';
import { may } from '../../domain/access/permissions.ts';
import { type ConsoleLanguage, showDay, showTime } from '../../domain/console-time.ts';
import { MESSAGE_STATES, messageSentence } from '../../domain/contacts/timeline.ts';
import { zoneName } from '../../domain/hours/local-time.ts';
import { programById } from '../../domain/program.ts';
import type { DELIVERY_STATES } from '../../domain/sending/delivery-sentence.ts';
import { firstReasonWords, WITHOUT_REASON } from '../../domain/sending/first-reason.ts';
import {
  groupOf,
  SENT_GROUP_NAMES,
  SENT_GROUPS,
  type SentGroup,
  type SentQuery,
} from '../../domain/sending/sent-query.ts';
import { validationSentence } from '../../domain/validation-sentence.ts';
import { listJourneys, showJourney } from '../../journeys/journeys.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

const PER_PAGE = 50;
const DOORS = 30;
const FIGURES = new Intl.NumberFormat('en-US');
const DELIVERY_ID = /^[0-9a-f]{2}[\w-]{24}$/;
const PAGE_START = /^\d{1,7}$/;

type State = (typeof DELIVERY_STATES)[number];

/** How the answer on top counts messages of one state. */
const COUNTED: Readonly<Record<State, string>> = {
  planned: '{n} waits || {n} wait',
  sending: '{n} is being sent || {n} are being sent',
  accepted: '{n} is with the carrier || {n} are with the carrier',
  sent: '{n} was passed on || {n} were passed on',
  delivered: '{n} was delivered || {n} were delivered',
  undelivered: '{n} was not delivered || {n} were not delivered',
  failed: '{n} failed',
  skipped: '{n} was not sent || {n} were not sent',
  canceled: '{n} was canceled || {n} were canceled',
  expired: '{n} came too late',
  unknown: '{n} has an unknown end || {n} have an unknown end',
};

type GroupWords = { word: string; sign: 'good' | 'wait' | 'stop' | 'off'; counted: string };

const GROUP_WORDS: Readonly<Record<SentGroup, GroupWords>> = {
  delivered: { word: 'Delivered', sign: 'good', counted: COUNTED.delivered },
  underway: { word: 'On the way', sign: 'wait', counted: '{n} is on the way || {n} are on the way' },
  failed: { word: 'Did not arrive', sign: 'stop', counted: '{n} did not arrive' },
  unsent: { word: 'Not sent', sign: 'off', counted: COUNTED.skipped },
  unknown: { word: 'Unknown', sign: 'wait', counted: COUNTED.unknown },
};

/** The words of a set of states: those of its group, else of each state. */
function wordsOfStates(states: readonly State[]): string {
  const group = groupOf(states);
  return group === null
    ? states.map((state) => MESSAGE_STATES[state].word).join(' or ')
    : GROUP_WORDS[group].word;
}

const matching = (text: unknown, shape: RegExp): string | null =>
  typeof text === 'string' && shape.test(text) ? text : null;

/** The fields of an address by which pages follow one another; the others narrow the list. */
const PAGING = ['after', 'at'];

type Narrowed = { query: SentQuery } | { fault: string } | 'none';

/** What an address narrows the list to. An empty field of a form narrows nothing. */
function narrowedBy({ request }: PageCall): Narrowed {
  const given = Object.entries(request.query).filter(
    ([name, value]) => !PAGING.includes(name) && value !== '',
  );
  if (given.length === 0) return 'none';
  const read = sentFields.safeParse(Object.fromEntries(given), { error: validationSentence });
  if (read.success) return { query: sentQueryOf(read.data) };
  // The API names the route that lists the ids; staff has no use for it.
  const fault = read.error.issues[0]?.message ?? '';
  return { fault: fault.replace(/, as GET \S+ lists it\.$/, '.') };
}

/** The fields of an address that asks for these messages. */
function fieldsOf(query: Partial<SentQuery>): [string, string][] {
  const { campaign, contact, journey, program, states, reason, since, until } = query;
  const named = {
    ...{ campaign, contact, journey, program, since, until },
    state: states?.join(','),
    first_reason: reason,
  };
  return Object.entries(named).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []));
}

const addressOf = (query: Partial<SentQuery>, at = '/console/sent'): string =>
  `${at}?${new URLSearchParams(fieldsOf(query))}`;

const list = definePage({
  method: 'get',
  path: '/sent',
  permission: 'contacts:read',
  handle: async (call) => {
    const narrowed = narrowedBy(call);
    if (narrowed === 'none') return showStart(call);
    return 'fault' in narrowed ? refuseAddress(call, narrowed.fault) : showRows(call, narrowed.query);
  },
});

const refuseAddress = ({ show, t }: PageCall, fault: string): Promise<void> =>
  show('sent-refused', { title: t('Sent'), fault }, 400);

/** The last days by their figures, why messages did not arrive, and doors to campaigns, journeys and programs. */
async function showStart({ context, viewer, show, t }: PageCall): Promise<void> {
  const byCreation = { sort: 'created', after: null, limit: DOORS } as const;
  const [overview, found, journeys] = await Promise.all([
    sentOverview(context),
    listCampaigns(context, { archived: false }, byCreation),
    listJourneys(context, { after: null, limit: DOORS }),
  ]);
  const { since, until, counts } = overview;
  const period = { since, until };
  const { programs } = context.catalog.current().book;
  await show('sent-start', {
    title: t('Sent'),
    answer: startAnswer(t, overview),
    zone: zoneName(overview.zone),
    groups: SENT_GROUP_NAMES.map((group) => t(GROUP_WORDS[group].word)),
    days: overview.days.map(({ day, total, groups }) => ({
      label:
        day === until ? t('Today, {day}', { day: dayOf(day, viewer.language) }) : dayOf(day, viewer.language),
      cells: cellsOf({ since: day, until: day }, total, groups),
    })),
    sums: cellsOf(period, counts.total, sumsOf(overview.days)),
    hasMore: counts.hasMore,
    reasons: reasonsOf(period, counts),
    without: withoutReason(period, counts),
    total: FIGURES.format(counts.total),
    campaigns: found.campaigns.map(({ id, name, state }) => ({
      name: name ?? id,
      state,
      href: addressOf({ campaign: id }),
    })),
    journeys: journeys.map(({ id, name, state }) => ({ name, state, href: addressOf({ journey: id }) })),
    programs: programs.map(({ id, name }) => ({ id, name, href: addressOf({ program: id, ...period }) })),
    states: stateChoices(null),
    since,
    until,
  });
}

type Overview = Awaited<ReturnType<typeof sentOverview>>;

function startAnswer(t: PageCall['t'], { days, counts }: Overview): string {
  const [today] = days;
  if (today === undefined || today.total === 0) {
    const values = { n: figureOf(t, counts), count: counts.total };
    return t(
      'Nothing today. {n} message in the last 7 days. || Nothing today. {n} messages in the last 7 days.',
      values,
    );
  }
  const parts = SENT_GROUP_NAMES.flatMap((group) => {
    const count = today.groups[group];
    return count === 0 ? [] : [t(GROUP_WORDS[group].counted, { n: FIGURES.format(count), count })];
  });
  const values = { n: FIGURES.format(today.total), count: today.total, parts: parts.join(', ') };
  return t('{n} message today: {parts}. || {n} messages today: {parts}.', values);
}

const sumsOf = (days: Overview['days']): Record<SentGroup, number> =>
  Object.fromEntries(
    SENT_GROUP_NAMES.map((group) => [group, days.reduce((all, { groups }) => all + groups[group], 0)]),
  ) as Record<SentGroup, number>;

type Cell = { figure: string; href: string | null };

/** The figures of a row of the overview. Each leads to exactly its messages; a zero leads nowhere. */
function cellsOf(period: Partial<SentQuery>, total: number, groups: Record<SentGroup, number>): Cell[] {
  const cell = (count: number, narrowed: Partial<SentQuery>): Cell => ({
    figure: FIGURES.format(count),
    href: count === 0 ? null : addressOf({ ...period, ...narrowed }),
  });
  return [
    cell(total, {}),
    ...SENT_GROUP_NAMES.map((group) => cell(groups[group], { states: SENT_GROUPS[group] })),
  ];
}

const reasonsOf = (query: Partial<SentQuery>, { byReason }: SentCounts) =>
  byReason.map(({ reason, sentence, count }) => ({
    sentence,
    count: FIGURES.format(count),
    href: addressOf({ ...query, reason }),
  }));

/** The messages that nothing speaks against; null where there are none. */
function withoutReason(query: Partial<SentQuery>, counts: SentCounts): Cell | null {
  if (counts.withoutReason === 0) return null;
  const { states = null } = query;
  const of = states === null ? WITHOUT_REASON : WITHOUT_REASON.filter((state) => states.includes(state));
  return { figure: FIGURES.format(counts.withoutReason), href: addressOf({ ...query, states: of }) };
}

/** The states that the form offers to narrow a list to. */
const stateChoices = (chosen: readonly State[] | null) =>
  SENT_GROUP_NAMES.map((group) => ({
    value: SENT_GROUPS[group].join(','),
    word: GROUP_WORDS[group].word,
    isChosen: chosen !== null && groupOf(chosen) === group,
  }));

const figureOf = (t: PageCall['t'], { total, hasMore }: SentCounts): string => {
  const figure = FIGURES.format(total);
  return hasMore ? t('More than {total}', { total: figure }) : figure;
};

/** The name of what is listed: a campaign's, a journey's or a program's, or the handle of a person. */
async function nameOf({ context, t }: PageCall, query: SentQuery): Promise<string> {
  const { campaign, contact, journey, program } = query;
  if (campaign !== null) return (await showCampaign(context, campaign))?.name ?? campaign;
  if (journey !== null) return (await showJourney(context, journey))?.name ?? journey;
  if (contact !== null)
    return t('the person {person}', { person: shownPerson(await personName(context, contact)) });
  if (program !== null) return programById(context.catalog.current().book, program)?.name ?? program;
  return t('all programs');
}

/** "12 did not arrive, 9 of them for one reason: The carrier or a network filtered the message (error 30007)." */
function answerOf({ t }: PageCall, query: SentQuery, counts: SentCounts): string {
  const start = countedSentence(t, query, counts);
  const isNarrow = query.states !== null || query.reason !== null || groupCounts(counts).length === 1;
  const [most] = counts.byReason;
  if (most === undefined || !isNarrow) return `${start}.`;
  if (most.count === counts.total) return `${start}. ${most.sentence}`;
  const values = { count: FIGURES.format(most.count), why: most.sentence };
  return `${start}, ${t('{count} of them for one reason: {why}', values)}`;
}

/** "5 messages: 2 were delivered, 3 were not sent", or "3 were not sent" where all are in one group. */
function countedSentence(t: PageCall['t'], { states }: SentQuery, counts: SentCounts): string {
  const { total } = counts;
  const all = { n: figureOf(t, counts), count: total };
  const [state] = states?.length === 1 ? states : [];
  if (state !== undefined) return t(COUNTED[state], all);
  const groups = groupCounts(counts);
  const [only, ...others] = groups;
  if (only !== undefined && others.length === 0) return t(GROUP_WORDS[only.group].counted, all);
  const each = groups.map(({ group, count }) =>
    t(GROUP_WORDS[group].counted, { n: FIGURES.format(count), count }),
  );
  return `${t('{n} message || {n} messages', all)}: ${each.join(', ')}`;
}

/** The filters in force, each with the address of the list without it. */
function chipsOf(call: PageCall, query: SentQuery): { label: string; href: string }[] {
  const { states, reason, since, until, campaign, contact, journey, program } = query;
  const chips: { label: string; href: string }[] = [];
  if (states !== null)
    chips.push({ label: call.t(wordsOfStates(states)), href: addressOf({ ...query, states: null }) });
  if (reason !== null)
    chips.push({ label: firstReasonWords(reason), href: addressOf({ ...query, reason: null }) });
  if (since !== null || until !== null) {
    const isNamed = [campaign, contact, journey, program].some((named) => named !== null);
    const href = isNamed ? addressOf({ ...query, since: null, until: null }) : '/console/sent';
    chips.push({ label: daysWords(call, query), href });
  }
  return chips;
}

function daysWords({ t, viewer }: PageCall, { since, until }: Pick<SentQuery, 'since' | 'until'>): string {
  const shown = (day: string): string => dayOf(day, viewer.language);
  if (since !== null && since === until) return shown(since);
  if (until === null) return t('since {day}', { day: shown(since ?? '') });
  if (since === null) return t('until {day}', { day: shown(until) });
  return t('{since} to {until}', { since: shown(since), until: shown(until) });
}

/** A day of a zone, written YYYY-MM-DD, as pages show it. */
const dayOf = (day: string, language: ConsoleLanguage): string =>
  showDay(new Date(`${day}T12:00:00Z`), 'UTC', language);

async function showRows(call: PageCall, query: SentQuery): Promise<void> {
  const { context, request, show, t } = call;
  const after = matching(request.query.after, SENT_PLACE);
  const at = after === null ? 0 : Number(matching(request.query.at, PAGE_START) ?? 0);
  const [{ rows, next, counts, zone }, ofWhom] = await Promise.all([
    listSent(context, query, { after, limit: PER_PAGE }),
    nameOf(call, query),
  ]);
  const nextPage = new URLSearchParams({ after: next ?? '', at: String(at + rows.length) });
  await show('sent', {
    title: t('Sent'),
    ofWhom,
    zone: zoneName(zone),
    answer: answerOf(call, query, counts),
    cost: costWords(call, counts),
    contact: query.contact,
    isOneKind: query.campaign !== null || query.journey !== null,
    total: FIGURES.format(counts.total),
    figure: figureOf(t, counts),
    count: counts.total,
    hasMore: counts.hasMore,
    chips: chipsOf(call, query),
    states: figuresOf(query, counts),
    reasons: reasonsOf(query, counts),
    without: withoutReason(query, counts),
    rows: rows.map((row) => shownRow(call, row)),
    range: `${FIGURES.format(at + 1)}–${FIGURES.format(at + rows.length)}`,
    next: next === null ? null : `${addressOf(query)}&${nextPage}`,
    first: after === null ? null : addressOf(query),
    csv: addressOf(query, '/console/sent.csv'),
    ndjson: addressOf(query, '/console/sent.ndjson'),
    size: sizeWords(rows, counts.total),
    choices: stateChoices(query.states),
    since: query.since,
    until: query.until,
    kept: fieldsOf({ ...query, states: null, since: null, until: null }),
  });
}

/** How many messages of a list are in each group of states, without the groups that have none. */
const groupCounts = ({ byState }: SentCounts): { group: SentGroup; count: number }[] =>
  SENT_GROUP_NAMES.map((group) => {
    const of = byState.filter(({ state }) => SENT_GROUPS[group].some((known) => known === state));
    return { group, count: of.reduce((all, { count }) => all + count, 0) };
  }).filter(({ count }) => count > 0);

type Figure = { word: string; count: string; href: string };

/** The figures above the list: groups of states, or the states of the group that the list is narrowed to. */
function figuresOf(query: SentQuery, counts: SentCounts): Figure[] {
  const figure = (word: string, count: number, states: readonly State[]): Figure => {
    return { word, count: FIGURES.format(count), href: addressOf({ ...query, states }) };
  };
  if (query.states === null)
    return groupCounts(counts).map(({ group, count }) =>
      figure(GROUP_WORDS[group].word, count, SENT_GROUPS[group]),
    );
  if (query.states.length === 1) return [];
  return counts.byState.map(({ state, count }) => figure(MESSAGE_STATES[state].word, count, [state]));
}

/** "ending 0102 · K7FQ": masked numbers alone are not unique. */
const shownPerson = ({ ending, handle }: Pick<SentRow, 'ending' | 'handle'>): string =>
  `ending ${ending ?? '····'} · ${handle}`;

function shownRow({ viewer, t }: PageCall, row: SentRow) {
  const { campaign, journey } = row;
  return {
    ...{ id: row.id, sentence: row.sentence, parts: row.parts },
    what: campaign?.name ?? journey?.name ?? row.what,
    state: { sign: MESSAGE_STATES[row.state].sign, word: t(MESSAGE_STATES[row.state].word) },
    person: shownPerson(row),
    at: showTime(row.at, viewer.zone, viewer.language),
    cost: moneyOf(t, row.cost),
  };
}

const MICROS = 1_000_000;

/** Whole amounts have two places, the price of a part up to six. */
function money(currency: string, micros: number): string {
  const most = micros >= 10 * MICROS ? 2 : 6;
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: most,
  } as const;
  return new Intl.NumberFormat('en-US', options).format(micros / MICROS);
}

function moneyOf(t: PageCall['t'], cost: MessageCost | null): string {
  if (cost === null) return '–';
  const amount = money(cost.currency, cost.micros);
  return cost.isEstimate ? t('about {amount}', { amount }) : amount;
}

/** What the messages of a list cost, in one line. */
function costWords({ t, viewer }: PageCall, { parts, cost, hasMore }: SentCounts): string {
  const counted = t('{n} part || {n} parts', { n: FIGURES.format(parts), count: parts });
  const start = hasMore ? t('The first of them have {counted}', { counted }) : counted;
  if (cost === null) return t('{start}. What they cost is not known: no prices are set.', { start });
  const asOf = dayOf(cost.asOf, viewer.language);
  const said = [
    t('{start}, {amount} by the prices of {asOf}.', {
      start,
      amount: money(cost.currency, cost.billed),
      asOf,
    }),
  ];
  if (cost.expected > 0) {
    const amount = money(cost.currency, cost.expected);
    said.push(t('About {amount} more for what has not left, or may not have left.', { amount }));
  }
  if (cost.unpricedParts > 0) {
    const n = FIGURES.format(cost.unpricedParts);
    said.push(t('{n} part has no price. || {n} parts have no price.', { n, count: cost.unpricedParts }));
  }
  return said.join(' ');
}

const KB = 1024;

/** About how large the export is, by the rows of this page. */
function sizeWords(rows: readonly SentRow[], total: number): string {
  if (rows.length === 0) return '';
  const bytes = (rows.reduce((all, row) => all + JSON.stringify(row).length, 0) / rows.length) * total;
  const size =
    bytes < KB * KB ? `${Math.max(1, Math.round(bytes / KB))} KB` : `${Math.round(bytes / KB / KB)} MB`;
  return size;
}

/** The export of exactly the rows of a list. */
const exportIn = (format: SentExport) =>
  definePage({
    method: 'get',
    path: `/sent.${format}`,
    permission: 'contacts:read',
    handle: async (call) => {
      const { context, response, go, viewer } = call;
      const narrowed = narrowedBy(call);
      if (narrowed === 'none') return go('/console/sent');
      if ('fault' in narrowed) return refuseAddress(call, narrowed.fault);
      const { type } = SENT_EXPORTS[format];
      response.set('Content-Disposition', `attachment; filename="sent.${format}"`);
      response.type(`${type}; charset=utf-8`);
      const written = writeSent(context, { query: narrowed.query, actor: actorOf(viewer), format });
      await pipeline(Readable.from(written), response);
    },
  });

const MOMENT_WORDS: Readonly<Record<(typeof MOMENTS)[number], string>> = {
  planned: 'Planned.',
  decided: 'The rules decided about it.',
  flagged: 'A process took it to hand it over.',
  accepted: 'The carrier accepted it.',
  sent: 'The carrier passed it on.',
  ended: 'Its end was reported.',
};

const detail = definePage({
  method: 'get',
  path: '/sent/:id',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, viewer, request, show, t } = call;
    const id = matching(request.params.id, DELIVERY_ID);
    const reader = { actor: actorOf(viewer), readsEvidence: may(viewer.role, 'evidence:read') };
    const found = id === null ? null : await explainDelivery(context, id, reader);
    if (found === null) return show('not-found', { title: t('Nothing is here') }, 404);
    const time = (at: Date) => showTime(at, viewer.zone, viewer.language);
    const { why, timeline, lookUps, dueAt, contact, program } = found;
    const { consent, campaign, journey } = why;
    await show('sent-message', {
      title: t('One message'),
      message: found,
      state: { sign: MESSAGE_STATES[found.state].sign, word: t(MESSAGE_STATES[found.state].word) },
      person: shownPerson(await personName(context, contact)),
      what: messageSentence(found.class).sentence,
      why,
      source: campaign ?? journey,
      all: campaign ? addressOf({ campaign: campaign.id }) : journey && addressOf({ journey: journey.id }),
      toPerson: addressOf({ contact }),
      program: programById(context.catalog.current().book, program)?.name ?? program,
      cost: moneyOf(t, await costOfDelivery(context, found)),
      consent: consent === null ? null : { at: time(consent.at), seq: consent.seq, words: consent.words },
      timeline: timeline.map(({ what, at }) => ({ what: MOMENT_WORDS[what], at: time(at) })),
      lookUps: lookUps.map(({ at, found: count }) => ({ at: time(at), count })),
      dueAt: dueAt === null ? null : time(dueAt),
    });
  },
});

export const SENT_PAGES = [list, exportIn('csv'), exportIn('ndjson'), detail];
