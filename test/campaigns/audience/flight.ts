import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { HOUR_MS } from '../../../src/domain/durations.ts';
import { openContext } from '../../../src/open-context.ts';
import { createSenderQueue } from '../../../src/sending/dispatcher.ts';
import { CLAIM_LEASE_MS } from '../../../src/sending/gate.ts';
import type { OpenContact } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { type ApiAnswer, type Client, newClient } from '../../api/client.ts';
import { carrierOf, dispatchDeps, taken } from '../../sending/dispatch-deps.ts';
import { startGateway, until } from '../../support/gateway.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { addSubscribers, plannedFor } from '../../support/people.ts';
import { createTestPlanners } from '../test-planners.ts';
import { type GeneratedCampaign, type GeneratedPerson, STARTED } from './generated-campaign.ts';

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a preview said of a campaign, and what became of its people. */
export type Flown = {
  campaign: GeneratedCampaign;
  preview: CampaignFigures;
  flight: CampaignFigures;
  /** The rest of the preview, as it was answered. */
  when: ApiAnswer['body'];
};

export type CampaignFigures = {
  going: number;
  parts: number;
  cost: string;
  byHour: Record<string, number>;
  holdout: number;
  refused: number;
  overCap: { skipped: number; delayed: number };
  pastDeadline: number;
  hourPassed: number;
};

/** The demo's programs, but with quiet hours and caps. */
const PROGRAMS_BOUND = PROGRAMS.map(({ quietHours: _, capping: __, ...program }) => program);

/**
 * Previews campaigns over HTTP, starts them in the same way, and lets planner and dispatcher do their work by a clock
 * that jumps from one due moment to the next, until nothing is open.
 */
export async function previewAndFly(campaigns: readonly GeneratedCampaign[]): Promise<Flown[]> {
  let clock = STARTED;
  const now = (): Date => clock;
  const gateway = await startGateway({ worker: false, now, programs: PROGRAMS_BOUND });
  const { config, store } = gateway;
  const { context, close } = await openContext({ ...config, database: store.db.databaseName }, QUIET, now);
  const { startPlanner, stopAll } = createTestPlanners();
  try {
    const client = await newClient(gateway);
    await prepare(client);
    /** Messages that a cap has delayed. A later wait for the morning would hide that. */
    const delayed = new Set<string>();
    const previews = new Map<string, Flown['when']>();
    for (const campaign of campaigns) previews.set(campaign.id, await start(campaign, client, addPerson));
    startPlanner(context);
    for (let next: Date | null = clock; next !== null; next = await nextMoment()) {
      clock = next;
      await until('all campaigns whose time has come are planned', async () => {
        const waiting = { startAt: { $lte: clock }, 'plan.complete': false };
        return (await store.campaigns.countDocuments(waiting)) === 0;
      });
      await serve();
      const capped = await store.deliveries.find({ cappedBy: { $exists: true } }).toArray();
      for (const { _id } of capped) delayed.add(_id);
    }
    await stopAll();
    const flown: Flown[] = [];
    for (const campaign of campaigns) {
      const rows = await store.deliveries.find({ campaign: campaign.id }).toArray();
      const when = previews.get(campaign.id);
      if (when === undefined) throw new Error('a campaign was not previewed');
      flown.push({ campaign, when, preview: figuresOf(when), flight: tallied(rows, delayed) });
    }
    return flown;
  } finally {
    await stopAll().finally(close);
    await gateway.stop();
  }

  /** When something is due next, after this moment. Null: nothing is open any more. */
  async function nextMoment(): Promise<Date | null> {
    const [row] = await store.deliveries.find({ state: 'planned' }).sort({ dueAt: 1 }).limit(1).toArray();
    const [campaign] = await store.campaigns
      .find({ 'plan.complete': false })
      .sort({ startAt: 1 })
      .limit(1)
      .toArray();
    const times = [row?.dueAt, campaign?.startAt ?? undefined].flatMap((at) => at?.getTime() ?? []);
    if (times.length === 0) return null;
    const at = Math.min(...times);
    if (at <= clock.getTime()) throw new Error('a message is due and does not leave');
    return new Date(at);
  }

  async function serve(): Promise<void> {
    const at = clock;
    const deps = dispatchDeps(
      store,
      { ring: config.keyRing, indexOf },
      {
        program: (id) => PROGRAMS_BOUND.find((program) => program.id === id) ?? null,
        promised: (program, shown) => context.catalog.current().promised(program, shown),
        sender: (number) => Object.values(SENDERS).find((sender) => sender.number === number) ?? null,
        now: () => at,
        carrier: carrierOf(async (cleared) => cleared.map((message) => taken(message, at))),
      },
    );
    const queue = createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 }));
    for (;;) {
      const turn = await queue.turn();
      if (turn.kind !== 'sending') return;
      await turn.done;
    }
  }

  function indexOf(number: string): string {
    return blindIndex(config.blindIndexKeys, number);
  }

  async function addPerson({ place, consent, earlier }: GeneratedPerson, number: string): Promise<string> {
    const profile = {
      ...EMPTY_PROFILE,
      place: { ...EMPTY_PROFILE.place, ...(place === null ? {} : { country: 'US', ...place }) },
    };
    const cast = {
      ring: config.keyRing,
      indexOf,
      number: () => number,
      now: () => new Date(STARTED.getTime() - 240 * HOUR_MS),
    };
    const paused = consent === 'paused' ? { pausedUntil: new Date('2027-03-01T00:00:00Z') } : {};
    const [holder] = await addSubscribers(store, cast, 1, { profile, ...paused });
    if (holder === undefined) throw new Error('nobody was added');
    if (earlier.length > 0) await store.deliveries.insertMany(earlier.map((hours) => sentTo(holder, hours)));
    if (consent === 'opted-out' || consent === 'held')
      await store.suppressions.insertOne({
        ...{ index: holder.index, scope: 'all', kind: consent === 'held' ? 'hold' : 'opt-out' },
        ...{ generation: 1, since: STARTED, lifts: {}, origin: SOME_ORIGIN },
        until: consent === 'held' ? new Date('2027-03-01T00:00:00Z') : null,
      });
    return holder.id;
  }

  /** Drafts, previews and starts a campaign. Resolves with the preview. */
  async function start(
    { id, people, draft, order, leave }: GeneratedCampaign,
    api: Client,
    add: typeof addPerson,
  ): Promise<Flown['when']> {
    const number = (at: number): string =>
      `+1804${id.replace(/\D/g, '').padStart(3, '0')}${String(at).padStart(4, '0')}`;
    const oneOf: string[] = [];
    for (const [at, person] of people.entries()) oneOf.push(await add(person, number(at)));
    const segment = { kind: 'contact', oneOf };
    const body = { name: id, program: 'deals', topic: 'deals', segment, ...draft };
    await answered(api('put', `/campaigns/${id}`, { body }));
    const { when } = await answered(api('post', `/campaigns/${id}/preview`, { body: order }));
    await answered(api('post', `/campaigns/${id}/start`, { body: order }));
    const gone = oneOf.filter((_, at) => people[at]?.consent === 'subscribed').slice(0, leave);
    await store.contacts.updateMany({ _id: { $in: gone } }, { $set: { subscriptions: [] } });
    return when;
  }
}

async function prepare(client: Client): Promise<void> {
  const texts = { offer: '{brand}: an offer', long: `{brand}: ${'a long offer '.repeat(14)}` };
  for (const [id, en] of Object.entries(texts))
    await answered(client('put', `/templates/${id}`, { body: { program: 'deals', texts: { en } } }));
  const price = { country: 'US', kind: null, media: 'sms', price: PRICE };
  await answered(
    client('put', '/prices', { body: { currency: 'USD', as_of: '2026-01-01', prices: [price] } }),
  );
}

const PRICE = '0.01';

async function answered(call: ReturnType<Client>) {
  const { status, body } = await call;
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

/** A message to the person that left so many hours before the start. */
function sentTo(holder: OpenContact, hours: number): DeliveryDoc {
  const leaseUntil = new Date(STARTED.getTime() - hours * HOUR_MS + CLAIM_LEASE_MS);
  const { open: _, ...row } = plannedFor(holder, { state: 'delivered', leaseUntil, epoch: 1 });
  return row;
}

const count = (figure: unknown): number => (figure as { people: number }).people;

function figuresOf(when: Flown['when']): CampaignFigures {
  return {
    going: count(when.going),
    parts: when.parts.parts,
    cost: when.cost.amount,
    byHour: Object.fromEntries(when.by_hour.map((row: { hour: string }) => [row.hour, count(row)])),
    holdout: count(when.holdout),
    refused: count(when.refused),
    overCap: { skipped: count(when.over_cap.skipped), delayed: count(when.over_cap.delayed) },
    pastDeadline: count(when.past_deadline),
    hourPassed: count(when.local_time_passed.skipped),
  };
}

/** The same figures of what happened. */
function tallied(rows: readonly DeliveryDoc[], delayed: ReadonlySet<string>): CampaignFigures {
  const left = rows.filter(({ state }) => state === 'accepted');
  const ended = (...reasons: string[]): number =>
    rows.filter(({ state, decision }) => state !== 'accepted' && reasons.includes(decision?.reasons[0] ?? ''))
      .length;
  const parts = left.reduce((sum, row) => sum + row.parts, 0);
  const byHour: Record<string, number> = {};
  for (const { acceptedAt } of left) {
    const hour = `${acceptedAt?.toISOString().slice(0, 13)}:00Z`;
    byHour[hour] = (byHour[hour] ?? 0) + 1;
  }
  return {
    going: left.length,
    parts,
    cost: (parts * Number(PRICE)).toFixed(2),
    byHour: Object.fromEntries(Object.entries(byHour).sort(([a], [b]) => (a < b ? -1 : 1))),
    holdout: ended('holdout'),
    refused: ended('opted-out', 'held', 'paused', 'not-subscribed'),
    overCap: {
      skipped: ended('capped'),
      delayed: left.filter(({ _id }) => delayed.has(_id)).length,
    },
    pastDeadline: ended('too-late'),
    hourPassed: ended('hour-passed'),
  };
}
