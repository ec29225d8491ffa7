import { z } from 'zod';
import { plainLine } from '../../api/http/shapes.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { utcDay } from '../../domain/durations.ts';
import { BOUNCE_DAYS } from '../../domain/hygiene/bounces.ts';
import { codeOf } from '../../domain/hygiene/error-codes.ts';
import { type Incident, incidentSentence } from '../../domain/hygiene/incident-rules.ts';
import { dismissAsNoIncident, incidentIdOf, listIncidents, showIncident } from '../../receipts/incidents.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { byAndAt, FRESH, PER_PAGE, type Shown, typedIn } from './queue.ts';

/** What failed as a whole, inside a sentence: "28555", "area code 305", "the network Coastal". */
function placeOf({ t }: Pick<PageCall, 't'>, { key }: Incident): string {
  const [kind, ...rest] = key.split(' ');
  const name = rest.join(' ');
  if (kind === 'sender') return t('our number {name}', { name });
  return /^\d{3}$/.test(name) ? t('area code {name}', { name }) : t('the network {name}', { name });
}

const KINDS: Readonly<Record<Incident['of'], string>> = {
  reach: 'Messages did not get through',
  numbers: 'Numbers were said to be no phone',
};

function stateOf({ t }: Pick<PageCall, 't'>, { closedAt, dismissed }: Incident) {
  if (dismissed !== null) return { sign: 'off', word: t('Dismissed') };
  return closedAt === null ? { sign: 'stop', word: t('Goes on') } : { sign: 'note', word: t('Over') };
}

const figure = (count: number): string => count.toLocaleString('en-US');

function shownIncident(call: PageCall, incident: Incident) {
  const { viewer, context, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  const { openedAt, closedAt, failed, ended, numbers, usual } = incident;
  return {
    id: incidentIdOf(incident),
    place: placeOf(call, incident),
    what: t(KINDS[incident.of]),
    began: time(openedAt),
    ago: fromNow(openedAt, context.now(), viewer.language),
    ended: closedAt === null ? null : time(closedAt),
    failed: t('{failed} of {ended}', { failed: figure(failed), ended: figure(ended) }),
    count: failed,
    numbers: figure(numbers),
    usual: t('{count} of 100', { count: Math.round(usual * 100) }),
    state: stateOf(call, incident),
  };
}

/** Whether something fails as a whole now. */
function answerOf({ t }: PageCall, items: readonly Incident[], isMore: boolean) {
  const going = items.filter(({ closedAt, dismissed }) => closedAt === null && dismissed === null).length;
  const among = { count: items.length, most: `${items.length}${isMore ? '+' : ''}`, days: BOUNCE_DAYS };
  const cause =
    items.length === 0
      ? t('An hour in which far more messages fail than usual appears here by itself.')
      : t(
          '1 incident in the last {days} days. Its failures count against no number, unless somebody dismisses it. || {most} incidents in the last {days} days. Their failures count against no number, unless somebody dismisses them.',
          among,
        );
  if (going === 0)
    return { sign: 'good', sentence: t('No number of ours and no network fails as a whole now.'), cause };
  const words = '1 incident goes on. || {count} incidents go on.';
  return { sign: 'stop', sentence: t(words, { count: going }), cause };
}

const CURSOR = /^(\d{1,15}) ([0-9a-f]{16})$/;

/** The position after which the list goes on; null: from the newest. */
function positionIn({ request }: PageCall): { at: number; id: string } | null {
  const { after } = request.query;
  const [, at, id] = (typeof after === 'string' ? CURSOR.exec(after) : null) ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}

const list = definePage({
  method: 'get',
  path: '/incidents',
  permission: 'reports:read',
  handle: async (call) => {
    const { context, show, t } = call;
    const after = positionIn(call);
    const { items, next } = await listIncidents(context, { after, limit: PER_PAGE });
    const newest = after === null ? null : await listIncidents(context, { after: null, limit: PER_PAGE });
    await show('setup/incidents', {
      title: t('Incidents'),
      answer: answerOf(call, (newest ?? { items }).items, (newest ?? { next }).next !== null),
      incidents: items.map((incident) => shownIncident(call, incident)),
      older:
        next === null
          ? null
          : `/console/incidents?${new URLSearchParams({ after: `${next.at} ${next.id}` })}`,
      isFirst: after === null,
    });
  },
});

/** The messages that did not arrive on the days of an incident. */
function failedRows({ openedAt, closedAt }: Incident, now: Date): string {
  const query = { state: 'undelivered,failed', since: utcDay(openedAt), until: utcDay(closedAt ?? now) };
  return `/console/sent?${new URLSearchParams(query)}`;
}

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

async function showDetails(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, request, show, t, viewer } = call;
  const found = await showIncident(context, String(request.params.id));
  if (found === null) return nothingHere(call);
  const incident = shownIncident(call, found);
  await show(
    'setup/incident',
    {
      title: t('Incident: {place}', { place: incident.place }),
      ...{ incident, typed, fault, sentence: incidentSentence(found) },
      codes: found.codes.map(({ code, messages }) => ({
        ...{ code, messages: figure(messages) },
        meaning: codeOf(code)?.sentence ?? null,
      })),
      rows: failedRows(found, context.now()),
      dismissed:
        found.dismissed === null ? null : { ...byAndAt(call, found.dismissed), note: found.dismissed.note },
      mayManage: may(viewer.role, 'programs:write'),
    },
    status,
  );
}

const details = definePage({
  method: 'get',
  path: '/incidents/:id',
  permission: 'reports:read',
  handle: (call) => showDetails(call),
});

const noteForm = z.object({ note: z.string().trim().pipe(plainLine(3, 200)) });

const dismiss = definePage({
  method: 'post',
  path: '/incidents/:id/dismiss',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, request, viewer, t, go } = call;
    const { data } = noteForm.safeParse(request.body);
    if (data === undefined) {
      const fault = t('Say why, in one line of 3 to 200 letters, without a phone number.');
      return showDetails(call, { typed: typedIn(call), fault, status: 422 });
    }
    const id = String(request.params.id);
    const found = await dismissAsNoIncident(context, id, { actor: actorOf(viewer), note: data.note });
    if (found === null) return nothingHere(call);
    const text = t('Dismissed. What failed then counts against the numbers from the next night on.');
    go(`/console/incidents/${id}`, { kind: 'good', text });
  },
});

/** Hours in which one of our numbers or a network failed as a whole, and what staff says about them. */
export const INCIDENT_PAGES = [list, details, dismiss];
