import { listApiKeys } from '../../access/api-keys.ts';
import { type CampaignView, listCampaigns } from '../../campaigns/campaigns.ts';
import { countAudit, MOST_COUNTED } from '../../consent/audit/audit-trail.ts';
import { listHolds } from '../../consent/review/list-holds.ts';
import { listInbox } from '../../contacts/inbox-list.ts';
import { sentOverview } from '../../contacts/sent-messages.ts';
import { waitingForStaff } from '../../contacts/waiting-for-staff.ts';
import type { Role } from '../../domain/access/permissions.ts';
import { isWithinLimit } from '../../domain/access/program-limits.ts';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import { showTime } from '../../domain/console-time.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { instantOf, wallTimeAt } from '../../domain/hours/local-time.ts';
import { NO_CODE } from '../../domain/hygiene/error-codes.ts';
import { SENT_GROUPS, type SentGroup } from '../../domain/sending/sent-query.ts';
import { listJobs } from '../../jobs/job-control.ts';
import { incidentIdOf, listIncidents } from '../../receipts/incidents.ts';
import { readUnknownCodes } from '../../receipts/unknown-codes.ts';
import { listQualityAlarms } from '../../reports/list-quality.ts';
import { isAnswersOnly } from '../../sending/answers-only.ts';
import { duration, fromNow } from '../from-now.ts';
import { definePage, orWithout, type PageCall } from '../page.ts';
import { type FirstStep, firstRunOf, firstSteps } from './first-steps.ts';
import { findingOf } from './quality-words.ts';
import { personName } from './queue.ts';

/** Rows of one kind in the list of what needs a person. */
const MOST = 3;
/** Campaigns and keys that are read to find the next or the last one. */
const MANY = 50;
const COUNT = new Intl.NumberFormat('en-US');

type HomeAnswer = { sign?: 'good' | 'wait' | 'stop' | 'off'; sentence: string; cause?: string };
type Door = { href: string; label: string };
type Figure = { value: string; label: string; href: string };
/** `age`: how long it waits, or when its timer ends. */
type Need = { sentence: string; age: string; href: string };
type HomeParts = {
  answer: HomeAnswer;
  main: Door | null;
  figures: Figure[];
  needs: Need[];
  steps?: FirstStep[];
};

/** How long ago something began. */
const ageOf = ({ context }: PageCall, since: Date): string =>
  duration(Math.max(MINUTE_MS, context.now().getTime() - since.getTime()));

async function inboxNeeds(call: PageCall): Promise<Need[]> {
  const { items } = await listInbox(call.context, {
    ...{ state: 'open', after: null, limit: MOST },
    within: call.viewer.programs,
  });
  return items.map(({ id, about, receivedAt }) => ({
    sentence: call.t('{person} waits for an answer', {
      person: personName(call, about) ?? call.t('a number that is not known any more'),
    }),
    age: ageOf(call, receivedAt),
    href: `/console/inbox/${id}`,
  }));
}

async function holdNeeds(call: PageCall): Promise<Need[]> {
  const { context, viewer, t } = call;
  const { items } = await listHolds(context, { after: null, limit: MOST, within: viewer.programs });
  return items.map(({ id, about, endsAt }) => ({
    sentence: t('{person} may have opted out', {
      person: personName(call, about) ?? t('nobody has this number any more'),
    }),
    age: t('becomes an opt-out {when}', { when: fromNow(endsAt, context.now(), viewer.language) }),
    href: `/console/holds/${id}`,
  }));
}

/** Alarms that nobody has taken on. */
async function alarmNeeds(call: PageCall): Promise<Need[]> {
  const alarms = await orWithout(call, listQualityAlarms(call.context), []);
  return alarms
    .filter(({ closedAt, acknowledged }) => closedAt === null && acknowledged === null)
    .slice(0, MOST)
    .map((alarm) => ({
      sentence: call.t('Alarm: {finding}', { finding: findingOf(call, alarm) }),
      age: ageOf(call, alarm.openSince),
      href: `/console/quality/alarms/${alarm.id}`,
    }));
}

/** Incidents that go on. */
async function incidentNeeds(call: PageCall): Promise<Need[]> {
  const page = { after: null, limit: MANY };
  const { items } = await orWithout(call, listIncidents(call.context, page), { items: [], next: null });
  return items
    .filter(({ closedAt, dismissed }) => closedAt === null && dismissed === null)
    .slice(0, MOST)
    .map((incident) => ({
      sentence: call.t('Incident: 1 message failed || Incident: {count} messages failed', {
        count: incident.failed,
      }),
      age: ageOf(call, incident.openedAt),
      href: `/console/incidents/${incidentIdOf(incident)}`,
    }));
}

/** Errors of the carrier that are in no table. */
async function codeNeeds(call: PageCall): Promise<Need[]> {
  const codes = await orWithout(call, readUnknownCodes(call.context), []);
  return codes
    .filter(({ classed }) => classed === null)
    .slice(0, MOST)
    .map(({ code, firstAt }) => ({
      sentence:
        code === null
          ? call.t('Messages failed without an error code')
          : call.t('Nobody knows error code {code}', { code }),
      age: ageOf(call, firstAt),
      href: `/console/codes/${code ?? NO_CODE}`,
    }));
}

/** What the carrier's reports say. They are of all programs, so a member who is limited to some sees none. */
async function qualityNeeds(call: PageCall): Promise<Need[]> {
  if (call.viewer.programs.length > 0) return [];
  return (await Promise.all([alarmNeeds(call), incidentNeeds(call), codeNeeds(call)])).flat();
}

async function campaignsIn({ context, viewer }: PageCall, state: CampaignState): Promise<CampaignView[]> {
  const page = { sort: 'start', after: null, limit: MANY } as const;
  const { campaigns } = await listCampaigns(context, { state, archived: false }, page);
  return campaigns.filter(({ program }) => isWithinLimit(viewer.programs, [program]));
}

const rowsOf = (campaign: CampaignView): string => `/console/sent?campaign=${campaign.id}`;

async function pausedNeeds(call: PageCall): Promise<Need[]> {
  const paused = await orWithout(call, campaignsIn(call, 'paused'), []);
  return paused.slice(0, MOST).map((campaign) => ({
    sentence: call.t('{name} is paused', { name: campaign.name }),
    age: ageOf(call, campaign.pausedBy?.at ?? campaign.updatedAt),
    href: rowsOf(campaign),
  }));
}

/** The figures of the last seven days, each with its rows. */
async function weekFigures({ context, viewer, t }: PageCall): Promise<{ total: number; figures: Figure[] }> {
  const { since, until, counts } = await sentOverview(context, viewer.programs);
  const figure = (label: string, group: SentGroup | null): Figure => {
    const states: readonly string[] | null = group === null ? null : SENT_GROUPS[group];
    const rows = counts.byState.filter(({ state }) => states === null || states.includes(state));
    const query = new URLSearchParams({ since, until, ...(states && { state: states.join(',') }) });
    const value = rows.reduce((sum, { count }) => sum + count, 0);
    return { value: COUNT.format(value), label, href: `/console/sent?${query}` };
  };
  const figures = [
    figure(t('messages in 7 days'), null),
    figure(t('delivered'), 'delivered'),
    figure(t('did not arrive'), 'failed'),
    figure(t('kept back'), 'unsent'),
  ];
  return { total: counts.total, figures };
}

async function changesToday({ context, viewer, t }: PageCall): Promise<Figure> {
  const { date } = wallTimeAt(viewer.zone, context.now());
  const from = instantOf(viewer.zone, { date, minutes: 0 });
  const query = { actor: null, act: null, subject: null, handle: null, from, until: null };
  const count = await countAudit(context, { ...query, kinds: ['change'] });
  const value = count > MOST_COUNTED ? `${COUNT.format(MOST_COUNTED)}+` : COUNT.format(count);
  return { value, label: t('changes today'), href: `/console/audit?what=change&day=${date}` };
}

async function supportHome(call: PageCall): Promise<HomeParts> {
  const { context, viewer, t } = call;
  const { inbox } = await waitingForStaff(context, viewer.programs);
  const time = inbox.oldest === null ? '' : ageOf(call, inbox.oldest);
  const many =
    '1 person waits for an answer, for {time}. || {count} people wait for an answer, the first for {time}.';
  const sentence =
    inbox.count === 0 ? t('Nobody waits for an answer.') : t(many, { count: inbox.count, time });
  const people = { href: '/console/people', label: t('Look a number up') };
  return {
    answer: { sign: inbox.count === 0 ? 'good' : 'wait', sentence },
    main: inbox.count === 0 ? people : { href: '/console/inbox', label: t('Answer the inbox') },
    figures: [],
    needs: await inboxNeeds(call),
  };
}

async function complianceHome(call: PageCall): Promise<HomeParts> {
  const { context, viewer, t } = call;
  const { inbox, holds } = await waitingForStaff(context, viewer.programs);
  const when = holds.firstEnd === null ? '' : fromNow(holds.firstEnd, context.now(), viewer.language);
  const many =
    '1 text may be an opt-out. It becomes one {when}. || {count} texts may be an opt-out. The first becomes one {when}.';
  const isDone = holds.count === 0;
  return {
    answer: {
      sign: isDone ? 'good' : 'wait',
      sentence: isDone ? t('No text waits for a decision.') : t(many, { count: holds.count, when }),
    },
    main: isDone ? null : { href: '/console/holds', label: t('Decide holds') },
    figures: [
      { value: COUNT.format(holds.count), label: t('wait for a decision'), href: '/console/holds' },
      { value: COUNT.format(inbox.count), label: t('wait for an answer'), href: '/console/inbox' },
      // The audit trail is of all programs.
      ...(viewer.programs.length > 0 ? [] : [await changesToday(call)]),
    ],
    needs: [...(await holdNeeds(call)), ...(await qualityNeeds(call))],
  };
}

/** What goes next: a campaign under way before one that is scheduled. */
async function nextCampaign(call: PageCall): Promise<HomeAnswer> {
  const { context, viewer, t } = call;
  const [sending, scheduled] = [await campaignsIn(call, 'sending'), await campaignsIn(call, 'scheduled')];
  const [current] = sending;
  if (current !== undefined) {
    const { name, progress } = current;
    const waiting = COUNT.format(progress.rows.planned + progress.rows.sending);
    return {
      sign: 'wait',
      sentence: t('{name} is going out: {waiting} of {people} still wait.', {
        ...{ name, waiting, people: COUNT.format(progress.people) },
      }),
    };
  }
  const [next] = scheduled
    .flatMap(({ name, startAt }) => (startAt === null ? [] : [{ name, startAt }]))
    .sort((a, b) => a.startAt.getTime() - b.startAt.getTime());
  if (next === undefined) return { sign: 'off', sentence: t('Nothing is scheduled.') };
  const { date } = wallTimeAt(viewer.zone, context.now());
  const today = scheduled.filter(
    ({ startAt }) => startAt !== null && wallTimeAt(viewer.zone, startAt).date === date,
  );
  return {
    sign: 'wait',
    sentence: t('{name} goes out {when}, at {at}.', {
      name: next.name,
      when: fromNow(next.startAt, context.now(), viewer.language),
      at: showTime(next.startAt, viewer.zone, viewer.language),
    }),
    cause: t('1 goes out today. || {count} go out today.', { count: today.length }),
  };
}

const marketerHome = async (call: PageCall): Promise<HomeParts> => ({
  answer: await nextCampaign(call),
  main: null,
  figures: (await weekFigures(call)).figures,
  needs: [...(await pausedNeeds(call)), ...(await qualityNeeds(call))],
});

/** Whether all jobs work, and which do not. */
async function jobsAnswer({ context, t }: PageCall): Promise<HomeAnswer> {
  const jobs = await listJobs(context);
  const ran = jobs.filter(({ last }) => last !== null);
  const failed = ran.filter(({ last }) => last?.outcome === 'failed').map(({ job }) => job.name);
  const paused = jobs.filter((status) => status.paused !== null).map(({ job }) => job.name);
  const cause = paused.length === 0 ? {} : { cause: t('Paused: {names}.', { names: paused.join(', ') }) };
  if (failed.length > 0) {
    const values = { count: failed.length, names: failed.join(', ') };
    const sentence = t('The last run of a job failed: {names}. || {count} jobs failed: {names}.', values);
    return { sign: 'stop', sentence, ...cause };
  }
  if (ran.length === 0) return { sign: 'wait', sentence: t('No job has run yet. Is the worker started?') };
  const all = t('The last run of every job went well: {ran} of {count} have run.', {
    ...{ ran: ran.length, count: jobs.length },
  });
  return { sign: paused.length === 0 ? 'good' : 'wait', sentence: all, ...cause };
}

/** A worker that was started after a restore and never started again. */
async function workerNeeds(call: PageCall): Promise<Need[]> {
  const { context, t } = call;
  if (!(await orWithout(call, isAnswersOnly(context), false))) return [];
  const sentence = t('A worker sends only answers: campaigns and other messages wait');
  return [{ sentence, age: t('the doctor says what to do'), href: '/console/doctor' }];
}

/** While the installation is new, its steps come first; what waits for a person stands below them. */
async function adminHome(call: PageCall): Promise<HomeParts> {
  const run = await orWithout(call, firstRunOf(call), null);
  const home = await runningHome(call);
  if (run === null) return home;
  const { sentence, next, main, steps } = firstSteps(call, run);
  const { answer, figures, needs } = home;
  const jobs = answer.sign === 'good' ? '' : answer.sentence;
  return {
    answer: { sign: 'wait', sentence, cause: `${next} ${jobs}`.trim() },
    main,
    figures: run.hasOptIn ? figures : [],
    needs,
    steps,
  };
}

async function runningHome(call: PageCall): Promise<HomeParts> {
  const { context, t } = call;
  const { inbox, holds } = await waitingForStaff(context);
  const [, , failed] = (await weekFigures(call)).figures;
  return {
    answer: await jobsAnswer(call),
    main: null,
    figures: [
      { value: COUNT.format(inbox.count), label: t('wait for an answer'), href: '/console/inbox' },
      { value: COUNT.format(holds.count), label: t('wait for a decision'), href: '/console/holds' },
      ...(failed === undefined ? [] : [{ ...failed, label: t('did not arrive in 7 days') }]),
      await changesToday(call),
    ],
    needs: (
      await Promise.all([
        ...[workerNeeds(call), holdNeeds(call), inboxNeeds(call), pausedNeeds(call), qualityNeeds(call)],
      ])
    ).flat(),
  };
}

async function readOnlyHome(call: PageCall): Promise<HomeParts> {
  const { total, figures } = await weekFigures(call);
  const values = { count: total, total: COUNT.format(total) };
  return {
    answer: {
      sentence: call.t(
        'Programs planned 1 message in the last 7 days. || Programs planned {total} messages in the last 7 days.',
        values,
      ),
    },
    main: null,
    figures,
    needs: [],
  };
}

async function integratorHome({ context, viewer, t }: PageCall): Promise<HomeParts> {
  const keys = (await listApiKeys(context, { after: null, limit: MANY })).filter((key) => !key.revokedAt);
  const uses = keys.flatMap(({ lastUsedAt }) => (lastUsedAt ? [lastUsedAt.getTime()] : []));
  const last = uses.length === 0 ? null : new Date(Math.max(...uses));
  const works = t('1 key to the API is good. || {count} keys to the API are good.', { count: keys.length });
  const used =
    last === null
      ? t('None of them has been used yet.')
      : t('The last was used {when}.', { when: fromNow(last, context.now(), viewer.language) });
  return {
    answer:
      keys.length === 0
        ? { sign: 'off', sentence: t('There is no key to the API yet.') }
        : { sign: 'good', sentence: works, cause: used },
    main: null,
    figures: [],
    needs: [],
  };
}

const HOMES: Readonly<Record<Role, (call: PageCall) => Promise<HomeParts>>> = {
  support: supportHome,
  compliance: complianceHome,
  marketer: marketerHome,
  admin: adminHome,
  'read-only': readOnlyHome,
  integrator: integratorHome,
};

/** The first page after sign-in: what needs this person now. */
export const HOME_PAGE = definePage({
  method: 'get',
  path: '/',
  permission: 'programs:read',
  handle: async (call) => {
    const parts = await HOMES[call.viewer.role](call);
    await call.show('home', { title: call.t('Home'), steps: [], ...parts });
  },
});
