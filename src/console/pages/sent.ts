import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { csvOf } from '../../api/http/streaming.ts';
import { listCampaigns } from '../../campaigns/campaigns.ts';
import { explainDelivery } from '../../contacts/deliveries.ts';
import { allSent, listSent, type SentFilter, type SentRow } from '../../contacts/sent-messages.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { DELIVERY_STATES } from '../../domain/sending/delivery-sentence.ts';
import { firstReasonWords } from '../../domain/sending/first-reason.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

const PER_PAGE = 50;
const CAMPAIGNS = 30;
const DELIVERY_ID = /^[0-9a-f]{2}[\w-]{24}$/;
const CONTACT_ID = /^[\w-]{1,64}$/;
const CAMPAIGN_ID = /^[\w.:-]{1,100}$/;
const REASON = /^[\w .,'()-]{1,200}$/;

type State = (typeof DELIVERY_STATES)[number];

/** What each state of a message is called, and its sign. */
const STATE_WORDS: Readonly<Record<State, { word: string; sign: 'good' | 'wait' | 'stop' | 'off' }>> = {
  planned: { word: 'Waits', sign: 'wait' },
  sending: { word: 'Leaving', sign: 'wait' },
  accepted: { word: 'With the carrier', sign: 'wait' },
  sent: { word: 'Passed on', sign: 'wait' },
  delivered: { word: 'Delivered', sign: 'good' },
  undelivered: { word: 'Not delivered', sign: 'stop' },
  failed: { word: 'Failed', sign: 'stop' },
  skipped: { word: 'Not sent', sign: 'off' },
  canceled: { word: 'Canceled', sign: 'off' },
  expired: { word: 'Too late', sign: 'off' },
  unknown: { word: 'Unknown', sign: 'wait' },
};

const matching = (text: unknown, shape: RegExp): string | null =>
  typeof text === 'string' && shape.test(text) ? text : null;

/** The filter of the address; null where it names neither a campaign nor a person. */
function filterOf({ request }: PageCall): SentFilter | null {
  const { campaign, person, state, reason } = request.query;
  const [ofCampaign, ofPerson] = [matching(campaign, CAMPAIGN_ID), matching(person, CONTACT_ID)];
  const rest = {
    state: DELIVERY_STATES.find((known) => known === state) ?? null,
    reason: matching(reason, REASON),
  };
  if (ofCampaign !== null) return { campaign: ofCampaign, ...rest };
  return ofPerson === null ? null : { contact: ofPerson, ...rest };
}

/** The address of a list with this filter. */
function addressOf(
  filter: SentFilter,
  change: Partial<Pick<SentFilter, 'state' | 'reason'>>,
  at = '/console/sent',
): string {
  const { state, reason } = { ...filter, ...change };
  const query = new URLSearchParams(
    'campaign' in filter ? { campaign: filter.campaign } : { person: filter.contact },
  );
  if (state !== null) query.set('state', state);
  if (reason !== null) query.set('reason', reason);
  return `${at}?${query}`;
}

const list = definePage({
  method: 'get',
  path: '/sent',
  permission: 'contacts:read',
  handle: async (call) => {
    const filter = filterOf(call);
    return filter === null ? showCampaigns(call) : showRows(call, filter);
  },
});

/** Without a filter the page offers the newest campaigns; messages to one person are reached from their page. */
async function showCampaigns({ context, show, t }: PageCall): Promise<void> {
  const of = { archived: false };
  const found = await listCampaigns(context, of, { sort: 'created', after: null, limit: CAMPAIGNS });
  const campaigns = found.campaigns.map(({ id, name, state, progress }) => ({ id, name, state, progress }));
  await show('sent-campaigns', { title: t('Sent'), campaigns });
}

async function showRows(call: PageCall, filter: SentFilter): Promise<void> {
  const { context, viewer, request, show, t } = call;
  const after = matching(request.query.after, DELIVERY_ID);
  const { rows, next, counts } = await listSent(context, filter, { after, limit: PER_PAGE });
  const chips = [
    ...(filter.state === null
      ? []
      : [{ label: t(STATE_WORDS[filter.state].word), href: addressOf(filter, { state: null }) }]),
    ...(filter.reason === null
      ? []
      : [{ label: firstReasonWords(filter.reason), href: addressOf(filter, { reason: null }) }]),
  ];
  const ofWhom =
    'campaign' in filter ? filter.campaign : t('the person {handle}', { handle: handleOf(filter.contact) });
  await show('sent', {
    title: t('Sent'),
    ofWhom,
    person: 'contact' in filter ? filter.contact : null,
    counts,
    chips,
    states: counts.byState.map(({ state, count }) => ({
      ...STATE_WORDS[state],
      count,
      href: addressOf(filter, { state }),
    })),
    reasons: counts.byReason.map((row) => ({ ...row, href: addressOf(filter, { reason: row.reason }) })),
    rows: rows.map((row) => ({
      ...row,
      ...STATE_WORDS[row.state],
      person: `ending ${row.ending ?? '····'} · ${row.handle}`,
      at: showTime(row.at, viewer.zone, viewer.language),
    })),
    next: next === null ? null : `${addressOf(filter, {})}&after=${next}`,
    first: after === null ? null : addressOf(filter, {}),
    csv: addressOf(filter, {}, '/console/sent.csv'),
  });
}

const COLUMNS = ['id', 'contact', 'ending', 'handle', 'state', 'at', 'sentence', 'reason', 'parts'];

async function* csvRows(rows: AsyncIterable<SentRow>) {
  for await (const { at, ...row } of rows) yield { ...row, at: at.toISOString() };
}

const exported = definePage({
  method: 'get',
  path: '/sent.csv',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, response, go, viewer } = call;
    const filter = filterOf(call);
    if (filter === null) return go('/console/sent');
    response.set('Content-Disposition', 'attachment; filename="sent.csv"').type('text/csv; charset=utf-8');
    await pipeline(
      Readable.from(csvOf(COLUMNS, csvRows(allSent(context, filter, actorOf(viewer))))),
      response,
    );
  },
});

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
    const { why, timeline, lookUps, dueAt, contact } = found;
    await show('sent-message', {
      title: t('One message'),
      message: found,
      state: STATE_WORDS[found.state],
      person: handleOf(contact),
      why,
      timeline: timeline.map(({ what, at }) => ({ what, at: time(at) })),
      lookUps: lookUps.map(({ at, found: count }) => ({ at: time(at), count })),
      dueAt: dueAt === null ? null : time(dueAt),
    });
  },
});

export const SENT_PAGES = [list, exported, detail];
