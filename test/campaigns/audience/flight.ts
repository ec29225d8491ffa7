import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { chooseWinner } from '../../../src/campaigns/experiment.ts';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/domain/durations.ts';
import type { Sender } from '../../../src/domain/program.ts';
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
import { idThatFills } from '../marketer.ts';
import { createTestPlanners } from '../test-planners.ts';
import { type GeneratedCampaign, type GeneratedPerson, STARTED, SURE } from './generated-campaign.ts';

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a preview said of a campaign, and what became of its people. */
export type Flown = {
  campaign: GeneratedCampaign;
  preview: CampaignFigures;
  flight: CampaignFigures;
  /** The rest of the preview, as it was answered. */
  when: ApiAnswer['body'];
  /** The variant that won the A/B test; null without a test. */
  winner: string | null;
  /** How many messages left from the program's second sender. */
  fromSecond: number;
};

export type CampaignFigures = {
  going: number;
  parts: number;
  cost: string;
  byHour: Record<string, number>;
  holdout: number;
  refused: number;
  /** People who waited for the winner of a test and may get the campaign. */
  afterTest: number;
  overCap: { skipped: number; delayed: number };
  pastDeadline: number;
  hourPassed: number;
};

/** The second sender of the program, slower than the first. */
const SECOND = { ...SENDERS.shop, number: '28557', rate: 10 };
const NUMBERS = { first: SENDERS.shop.number, second: SECOND.number };
const ALL_SENDERS = [SENDERS.shop, SECOND, SENDERS.stylist];

/** The demo's programs, but with quiet hours and caps, and deals from two senders. */
const PROGRAMS_BOUND = PROGRAMS.map(({ quietHours: _, capping: __, ...program }) =>
  program.id === 'deals' ? { ...program, numbers: Object.values(NUMBERS) } : program,
);

/**
 * Previews campaigns over HTTP, starts them in the same way, and lets planner and dispatcher do their work by a clock
 * that jumps from one due moment to the next, until nothing is open. No planner runs while the clock moves: it would
 * note a moment of before for something that it sees after.
 */
export async function previewAndFly(campaigns: readonly GeneratedCampaign[]): Promise<Flown[]> {
  let clock = STARTED;
  const now = (): Date => clock;
  const gateway = await startGateway({
    ...{ worker: false, now, programs: PROGRAMS_BOUND, senders: ALL_SENDERS },
  });
  const { config, store } = gateway;
  const { context, close } = await openContext({ ...config, database: store.db.databaseName }, QUIET, now);
  const { startPlanner, stopAll } = createTestPlanners();
  try {
    const client = await newClient(gateway);
    await prepare(client);
    /** Messages that a cap has delayed. A later wait for the morning would hide that. */
    const delayed = new Set<string>();
    const started = new Map<number, Started>();
    for (const campaign of campaigns) started.set(campaign.seed, await start(campaign, client));
    for (let next: Date | null = clock; next !== null; next = await nextMoment()) {
      clock = next;
      do {
        await plan();
        for (const sender of [SENDERS.shop, SECOND]) await serve(sender);
        await advanceTests();
        // A chosen winner starts the planning of the people who waited for it.
      } while ((await dueCampaigns()) > 0);
      const capped = await store.deliveries.find({ cappedBy: { $exists: true } }).toArray();
      for (const { _id } of capped) delayed.add(_id);
    }
    const flown: Flown[] = [];
    for (const campaign of campaigns) {
      const { id = '', when } = started.get(campaign.seed) ?? {};
      const rows = await store.deliveries.find({ campaign: id }).toArray();
      const { winner } = (await store.campaigns.findOne({ _id: id })) ?? {};
      const preview = figuresOf(when);
      const flight = tallied(rows, { delayed, wonAt: winner?.at ?? null });
      const fromSecond = rows.filter(({ sender }) => sender === SECOND.number).filter(hasLeft).length;
      flown.push({ campaign, when, preview, flight, fromSecond, winner: winner?.variant ?? null });
    }
    return flown;
  } finally {
    await stopAll().finally(close);
    await gateway.stop();
  }

  async function plan(): Promise<void> {
    if ((await dueCampaigns()) === 0) return;
    const planner = startPlanner(context);
    await until(
      'all campaigns whose time has come are planned',
      async () => (await dueCampaigns()) === 0,
      PATIENCE_MS,
    );
    await planner.stop();
  }

  function dueCampaigns(): Promise<number> {
    return store.campaigns.countDocuments({ startAt: { $lte: clock }, 'plan.complete': false });
  }

  /** Begins the wait for the results of tests whose messages have left, and chooses the winners after it. */
  async function advanceTests(): Promise<void> {
    const tested = store.campaigns.find({ state: 'sending', awaitsWinner: true, 'plan.complete': true });
    for (const campaign of await tested.toArray()) await chooseWinner(context, campaign);
  }

  /** When something is due next, after this moment. Null: nothing is open any more. */
  async function nextMoment(): Promise<Date | null> {
    const [row] = await store.deliveries.find({ state: 'planned' }).sort({ dueAt: 1 }).limit(1).toArray();
    const [campaign] = await store.campaigns
      .find({ 'plan.complete': false })
      .sort({ startAt: 1 })
      .limit(1)
      .toArray();
    const tested = await store.campaigns.find({ awaitsWinner: true, plannedAt: { $exists: true } }).toArray();
    const winners = tested.map(({ plannedAt, split }) => {
      return (plannedAt?.getTime() ?? 0) + (split?.test?.waitMinutes ?? 0) * MINUTE_MS;
    });
    const due = [row?.dueAt, campaign?.startAt ?? undefined].flatMap((at) => at?.getTime() ?? []);
    const times = [...due, ...winners];
    if (times.length === 0) return null;
    const at = Math.min(...times);
    if (at <= clock.getTime()) throw new Error('something is due and does not happen');
    return new Date(at);
  }

  async function serve(sender: Sender): Promise<void> {
    const at = clock;
    const deps = dispatchDeps(
      store,
      { ring: config.keyRing, indexOf },
      {
        program: (id) => PROGRAMS_BOUND.find((program) => program.id === id) ?? null,
        promised: (program, shown) => context.catalog.current().promised(program, shown),
        sender: (number) => ALL_SENDERS.find((sender) => sender.number === number) ?? null,
        now: () => at,
        carrier: carrierOf(async (cleared) => cleared.map((message) => taken(message, at))),
      },
    );
    const queue = createSenderQueue(deps, () => ({ ...sender, rate: 1000 }));
    for (;;) {
      const turn = await queue.turn();
      if (turn.kind !== 'sending') return;
      await turn.done;
    }
  }

  function indexOf(number: string): string {
    return blindIndex(config.blindIndexKeys, number);
  }

  async function addPerson(person: GeneratedPerson, number: string): Promise<string> {
    const { place, consent, earlier, from, blocked } = person;
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
    const paused = consent === 'paused' ? { pausedUntil: FAR } : {};
    const [holder] = await addSubscribers(store, cast, 1, { profile, ...paused });
    if (holder === undefined) throw new Error('nobody was added');
    const sent = earlier.map((hours) => sentTo(holder, { hours, sender: NUMBERS[from] }));
    if (sent.length > 0) await store.deliveries.insertMany(sent);
    const about = { index: holder.index, generation: 1, since: STARTED, lifts: {}, origin: SOME_ORIGIN };
    if (consent === 'opted-out' || consent === 'held') {
      const kind = consent === 'held' ? 'hold' : 'opt-out';
      await store.suppressions.insertOne({
        ...about,
        ...{ scope: 'all', kind, until: consent === 'held' ? FAR : null },
      });
    }
    if (blocked !== null) {
      const scope = `sender:${NUMBERS[blocked]}` as const;
      await store.suppressions.insertOne({ ...about, scope, kind: 'carrier', until: null });
    }
    return holder.id;
  }

  /** Drafts, previews and starts a campaign. */
  async function start(campaign: GeneratedCampaign, api: Client): Promise<Started> {
    const { seed, people, draft, order, leave } = campaign;
    const number = (at: number): string =>
      `+1804${String(seed).padStart(3, '0')}${String(at).padStart(4, '0')}`;
    const oneOf: string[] = [];
    for (const [at, person] of people.entries()) oneOf.push(await addPerson(person, number(at)));
    const id = idFor(campaign, oneOf);
    const segment = { kind: 'contact', oneOf };
    const body = { name: id, program: 'deals', topic: 'deals', segment, ...draft };
    await answered(api('put', `/campaigns/${id}`, { body }));
    const { when } = await answered(api('post', `/campaigns/${id}/preview`, { body: order }));
    await answered(api('post', `/campaigns/${id}/start`, { body: order }));
    const gone = oneOf.filter((_, at) => people[at]?.consent === 'subscribed').slice(0, leave);
    await store.contacts.updateMany({ _id: { $in: gone } }, { $set: { subscriptions: [] } });
    return { id, when };
  }
}

type Started = { id: string; when: Flown['when'] };

/** A time after all campaigns. */
const FAR = new Date('2027-03-01T00:00:00Z');

/** Longer than the lease of a planner's claim. */
const PATIENCE_MS = 120_000;

/** The campaign's id: with an A/B test one that puts people who get their message into each of its groups. */
function idFor({ seed, draft: { split } }: GeneratedCampaign, oneOf: readonly string[]): string {
  const id = `generated-${seed}`;
  if (split?.test == null) return id;
  const { wait_minutes: waitMinutes, ...test } = split.test;
  const drawn = { ...split, test: { ...test, waitMinutes } };
  return idThatFills(drawn, oneOf.slice(-SURE), ['a', 'b', null], id);
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

/** A message to the person that left so many hours before the start, from one of the senders. */
function sentTo(holder: OpenContact, { hours, sender }: { hours: number; sender: string }): DeliveryDoc {
  const at = new Date(STARTED.getTime() - hours * HOUR_MS);
  const leaseUntil = new Date(at.getTime() + CLAIM_LEASE_MS);
  const sent = { state: 'delivered', leaseUntil, epoch: 1, sender, acceptedAt: at } as const;
  const { open: _, ...row } = plannedFor(holder, sent);
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
    afterTest: count(when.after_test),
    overCap: { skipped: count(when.over_cap.skipped), delayed: count(when.over_cap.delayed) },
    pastDeadline: count(when.past_deadline),
    hourPassed: count(when.local_time_passed.skipped),
  };
}

const REFUSALS = ['opted-out', 'held', 'paused', 'not-subscribed'];

const hasLeft = ({ state }: DeliveryDoc): boolean => state === 'accepted';

const isFor = ({ state, decision }: DeliveryDoc, reasons: readonly string[]): boolean =>
  state !== 'accepted' && reasons.includes(decision?.reasons[0] ?? '');

/** The same figures of what happened. `wonAt`: when the winner of the campaign's test was chosen. */
function tallied(
  rows: readonly DeliveryDoc[],
  { delayed, wonAt }: { delayed: ReadonlySet<string>; wonAt: Date | null },
): CampaignFigures {
  const left = rows.filter(hasLeft);
  const ended = (...reasons: string[]): number => rows.filter((row) => isFor(row, reasons)).length;
  const after = wonAt === null ? [] : rows.filter(({ createdAt }) => createdAt >= wonAt);
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
    refused: ended(...REFUSALS),
    afterTest: after.filter((row) => !isFor(row, REFUSALS)).length,
    overCap: {
      skipped: ended('capped'),
      delayed: left.filter(({ _id }) => delayed.has(_id)).length,
    },
    pastDeadline: ended('too-late'),
    hourPassed: ended('hour-passed'),
  };
}
