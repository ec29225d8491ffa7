import { listCampaigns, showCampaign } from '../../campaigns/campaigns.ts';
import {
  listSent,
  personName,
  SENT_PLACE,
  type SentCounts,
  type SentRow,
  sentOverview,
} from '../../contacts/sent-messages.ts';
import { isWithinLimit } from '../../domain/access/program-limits.ts';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import { showTime } from '../../domain/console-time.ts';
import { MESSAGE_STATES } from '../../domain/contacts/timeline.ts';
import type { JourneyState } from '../../domain/journeys/journey.ts';
import { programById } from '../../domain/program.ts';
import { firstReasonWords, WITHOUT_REASON } from '../../domain/sending/first-reason.ts';
import {
  SENT_GROUP_NAMES,
  SENT_GROUPS,
  type SentGroup,
  type SentQuery,
} from '../../domain/sending/sent-query.ts';
import { listJourneys, showJourney } from '../../journeys/journeys.ts';
import { definePage, type PageCall } from '../page.ts';
import { CANCEL_EXPORT, EXPORT_PROGRESS, exportIn, newExportKey } from './sent-export.ts';
import { MESSAGE_PAGE } from './sent-message.ts';
import {
  COUNTED,
  GROUP_WORDS,
  narrowedBy,
  refuseAddress,
  type State,
  stateChoices,
  wordsOfStates,
} from './sent-narrowing.ts';
import {
  addressOf,
  costWords,
  dayOf,
  FIGURES,
  fieldsOf,
  moneyOf,
  shownPerson,
  sizeWords,
} from './sent-views.ts';

const PER_PAGE = 50;
const DOORS = 30;
const PAGE_START = /^\d{1,7}$/;

const matching = (text: unknown, shape: RegExp): string | null =>
  typeof text === 'string' && shape.test(text) ? text : null;

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

/** The last days by their figures, why messages did not arrive, and doors to campaigns, journeys and programs. */
async function showStart({ context, viewer, show, t }: PageCall): Promise<void> {
  const byCreation = { sort: 'created', after: null, limit: DOORS } as const;
  const [overview, found, journeys] = await Promise.all([
    sentOverview(context, viewer.programs),
    listCampaigns(context, { archived: false }, byCreation),
    listJourneys(context, { after: null, limit: DOORS }),
  ]);
  const { since, until, counts } = overview;
  const period = { since, until };
  const isShown = (program: string): boolean => isWithinLimit(viewer.programs, [program]);
  const programs = context.catalog.current().book.programs.filter(({ id }) => isShown(id));
  await show('sent-start', {
    title: t('Sent'),
    answer: startAnswer(t, overview),
    today: todayWords(t, overview),
    failures: failuresDoor(t, overview),
    zone: overview.zone.replaceAll('_', ' '),
    labels: [t('Messages'), ...SENT_GROUP_NAMES.map((group) => t(GROUP_WORDS[group].word))],
    days: overview.days.map(({ day, total, groups }) => ({
      label:
        day === until ? t('Today, {day}', { day: dayOf(day, viewer.language) }) : dayOf(day, viewer.language),
      cells: cellsOf({ since: day, until: day }, total, groups),
    })),
    sums: cellsOf(period, counts.total, sumsOf(overview.days)),
    hasMore: counts.hasMore,
    firstReasons: reasonsOf(t, period, counts),
    without: withoutReason(period, counts),
    total: FIGURES.format(counts.total),
    ...sources(
      t,
      { ...found, campaigns: found.campaigns.filter(({ program }) => isShown(program)) },
      journeys.filter(({ program }) => isShown(program)),
    ),
    programs: programs.map(({ id, name }) => ({ id, name, href: addressOf({ program: id, ...period }) })),
    states: stateChoices(null),
    since,
    until,
  });
}

type Overview = Awaited<ReturnType<typeof sentOverview>>;

type Sources = [Awaited<ReturnType<typeof listCampaigns>>, Awaited<ReturnType<typeof listJourneys>>];

/** The newest campaigns and the journeys, each with the door to its messages. */
const sources = (t: PageCall['t'], ...[found, journeys]: Sources) => ({
  campaigns: found.campaigns.map(({ id, name, state }) => ({
    name: name ?? id,
    state: t(CAMPAIGN_WORDS[state]),
    href: addressOf({ campaign: id }),
  })),
  areAllCampaigns: found.next === null,
  journeys: journeys.map(({ id, name, state }) => ({
    name,
    state: t(JOURNEY_WORDS[state]),
    href: addressOf({ journey: id }),
  })),
});

const CAMPAIGN_WORDS: Readonly<Record<CampaignState, string>> = {
  draft: 'draft',
  scheduled: 'scheduled',
  sending: 'sending',
  paused: 'paused',
  finished: 'finished',
  canceled: 'canceled',
};

const JOURNEY_WORDS: Readonly<Record<JourneyState, string>> = {
  draft: 'draft',
  running: 'running',
  paused: 'paused',
  stopped: 'stopped',
};

/** What a page says on top. `why`: the reason in the words of the engine, which are in English. */
type Answer = { sentence: string; why: string | null };

/** "1,204 messages left in the last 7 days; 14 did not arrive, most of them for one reason: the phone was off." */
function startAnswer(t: PageCall['t'], { left, failed, counts }: Overview): Answer {
  const values = { n: FIGURES.format(left), count: left };
  const start = counts.hasMore
    ? t('More than {n} messages left in the last 7 days', values)
    : t('{n} message left in the last 7 days || {n} messages left in the last 7 days', values);
  const [most] = failed.byReason;
  if (most === undefined) return { sentence: t('{start}; none of them failed.', { start }), why: null };
  const failures = t(GROUP_WORDS.failed.counted, { n: FIGURES.format(failed.count), count: failed.count });
  const sentence =
    most.count === failed.count
      ? t('{start}; {failures}:', { start, failures })
      : t('{start}; {failures}, most of them for one reason:', { start, failures });
  return { sentence, why: most.sentence };
}

function todayWords(t: PageCall['t'], { days }: Overview): string {
  const [today] = days;
  if (today === undefined || today.total === 0) return t('Nothing today.');
  const parts = SENT_GROUP_NAMES.flatMap((group) => {
    const count = today.groups[group];
    return count === 0 ? [] : [t(GROUP_WORDS[group].counted, { n: FIGURES.format(count), count })];
  });
  const values = { n: FIGURES.format(today.total), count: today.total, parts: parts.join(', ') };
  return t('{n} message today: {parts}. || {n} messages today: {parts}.', values);
}

/** Where the messages stand that did not arrive; null where all did. */
function failuresDoor(t: PageCall['t'], { since, until, failed: { count } }: Overview) {
  if (count === 0) return null;
  const values = { n: FIGURES.format(count), count };
  return {
    href: addressOf({ since, until, states: SENT_GROUPS.failed }),
    label: t('See the one that did not arrive || See the {n} that did not arrive', values),
  };
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

/** `lang`: the language of the words, where it may not be that of the page. */
type Words = { words: string; lang: 'en' | null };

/** A sentence of the engine. Those of carriers' errors are in English alone. */
function engineWords(t: PageCall['t'], sentence: string): Words {
  const words = t(sentence);
  return { words, lang: words === sentence ? 'en' : null };
}

const reasonsOf = (t: PageCall['t'], query: Partial<SentQuery>, { byReason }: SentCounts) =>
  byReason.map(({ reason, sentence, nextStep, count }) => ({
    ...{ why: engineWords(t, sentence), step: engineWords(t, nextStep) },
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
    return t('the person {person}', { person: shownPerson(t, await personName(context, contact)) });
  if (program !== null) return programById(context.catalog.current().book, program)?.name ?? program;
  return t('all programs');
}

/** `paused`: the campaign whose messages are counted is paused. */
type Counted = SentCounts & Pick<Awaited<ReturnType<typeof listSent>>, 'paused'>;

/** "12 did not arrive, 9 of them for one reason: The carrier or a network filtered the message (error 30007)." */
function answerOf(call: PageCall, query: SentQuery, counts: Counted): Answer {
  const { t } = call;
  const start = countedSentence(call, query, counts);
  const isNarrow = query.states !== null || query.reason !== null || groupCounts(counts).length === 1;
  const [most] = counts.byReason;
  if (most === undefined || !isNarrow) return { sentence: `${start}.`, why: null };
  const why = most.sentence;
  if (most.count === counts.total) return { sentence: `${start}.`, why };
  const part = t('{count} of them for one reason:', { count: FIGURES.format(most.count) });
  return { sentence: `${start}, ${part}`, why };
}

/** "5 messages: 2 were delivered, 3 were not sent", or "3 were not sent" where all are in one group. */
function countedSentence(call: PageCall, { states }: SentQuery, counts: Counted): string {
  const { t } = call;
  const { total } = counts;
  const all = { n: figureOf(t, counts), count: total };
  const [state] = states?.length === 1 ? states : [];
  if (state !== undefined && (counts.paused === null || state !== 'planned')) return t(COUNTED[state], all);
  const groups = groupCounts(counts);
  const [only, ...others] = groups;
  if (only !== undefined && others.length === 0 && counts.paused === null)
    return t(GROUP_WORDS[only.group].counted, all);
  const each = groups.flatMap((group) => countedGroup(call, counts, group));
  if (each.length === 1) return each.join('');
  return `${t('{n} message || {n} messages', all)}: ${each.join(', ')}`;
}

/** One group in words. What waits for a paused campaign is not on the way. */
function countedGroup(call: PageCall, { byState, paused }: Counted, of: { group: SentGroup; count: number }) {
  const { t, viewer } = call;
  const waits = byState.find(({ state }) => state === 'planned')?.count ?? 0;
  const counted = (count: number): string[] =>
    count === 0 ? [] : [t(GROUP_WORDS[of.group].counted, { n: FIGURES.format(count), count })];
  if (paused === null || of.group !== 'underway' || waits === 0) return counted(of.count);
  const values = { n: FIGURES.format(waits), count: waits };
  const why =
    paused.since === null
      ? t('{n} waits: the campaign is paused || {n} wait: the campaign is paused', values)
      : t('{n} waits: the campaign is paused since {at} || {n} wait: the campaign is paused since {at}', {
          ...values,
          at: showTime(paused.since, viewer.zone, viewer.language),
        });
  return [...counted(of.count - waits), why];
}

type Chip = Words & { href: string };

/** The filters in force, each with the address of the list without it. */
function chipsOf(call: PageCall, query: SentQuery): Chip[] {
  const { states, reason, since, until, campaign, contact, journey, program } = query;
  const chips: Chip[] = [];
  if (states !== null)
    chips.push({
      ...{ words: call.t(wordsOfStates(states)), lang: null },
      href: addressOf({ ...query, states: null }),
    });
  if (reason !== null)
    chips.push({
      ...engineWords(call.t, firstReasonWords(reason)),
      href: addressOf({ ...query, reason: null }),
    });
  if (since !== null || until !== null) {
    const isNamed = [campaign, contact, journey, program].some((named) => named !== null);
    const href = isNamed ? addressOf({ ...query, since: null, until: null }) : '/console/sent';
    chips.push({ words: daysWords(call, query), lang: null, href });
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

const exportDoors = (query: SentQuery, key: string) =>
  (['csv', 'ndjson'] as const).map((form) => ({
    form: form.toUpperCase(),
    href: `${addressOf(query, `/console/sent.${form}`)}&export=${key}`,
  }));

/** Whose messages the viewer may see, and by whose clock sentences tell moments. */
const readerOf = ({ viewer }: PageCall) => ({ within: viewer.programs, reader: viewer.zone });

async function showRows(call: PageCall, query: SentQuery): Promise<void> {
  const { context, request, show, t } = call;
  const after = matching(request.query.after, SENT_PLACE);
  const at = after === null ? 0 : Number(matching(request.query.at, PAGE_START) ?? 0);
  const [{ rows, next, counts, paused }, ofWhom] = await Promise.all([
    listSent(context, query, { after, limit: PER_PAGE, ...readerOf(call) }),
    nameOf(call, query),
  ]);
  const exportKey = newExportKey();
  const nextPage = new URLSearchParams({ after: next ?? '', at: String(at + rows.length) });
  await show('sent', {
    title: t('Sent'),
    ofWhom,
    answer: answerOf(call, query, { ...counts, paused }),
    cost: costWords(call, counts),
    contact: query.contact,
    isOneKind: query.campaign !== null || query.journey !== null,
    total: FIGURES.format(counts.total),
    figure: figureOf(t, counts),
    count: counts.total,
    hasMore: counts.hasMore,
    chips: chipsOf(call, query),
    states: figuresOf(query, counts),
    firstReasons: reasonsOf(t, query, counts),
    without: withoutReason(query, counts),
    rows: rows.map((row) => shownRow(call, row)),
    range: `${FIGURES.format(at + 1)}–${FIGURES.format(at + rows.length)}`,
    next: next === null ? null : `${addressOf(query)}&${nextPage}`,
    first: after === null ? null : addressOf(query),
    exportKey,
    exports: exportDoors(query, exportKey),
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

function shownRow({ viewer, t }: PageCall, row: SentRow) {
  const { campaign, journey } = row;
  return {
    ...{ id: row.id, contact: row.contact, sentence: row.sentence, parts: row.parts },
    what: campaign?.name ?? journey?.name ?? t(row.what),
    state: { sign: MESSAGE_STATES[row.state].sign, word: t(MESSAGE_STATES[row.state].word) },
    person: shownPerson(t, row),
    at: showTime(row.at, viewer.zone, viewer.language),
    cost: moneyOf(t, row.cost),
  };
}

export const SENT_PAGES = [
  list,
  exportIn('csv'),
  exportIn('ndjson'),
  EXPORT_PROGRESS,
  CANCEL_EXPORT,
  MESSAGE_PAGE,
];
