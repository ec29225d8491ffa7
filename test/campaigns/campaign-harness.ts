import { type Start, startCampaign } from '../../src/campaigns/start.ts';
import type { CampaignWorker } from '../../src/campaigns/worker/scheduler.ts';
import type { AppContext } from '../../src/consent/app-context.ts';
import { EMPTY_PROFILE, type PostalPlace } from '../../src/domain/contacts/profile.ts';
import type { ProgramBook } from '../../src/domain/program.ts';
import { openContext } from '../../src/open-context.ts';
import type { CampaignDoc } from '../../src/store/campaigns/campaign-document.ts';
import { findCampaign, writeDraft } from '../../src/store/campaigns/campaigns.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { writeMessageTemplate } from '../../src/store/templates/templates.ts';
import { until } from '../support/gateway.ts';
import { addSubscribers, testPeople } from '../support/people.ts';
import { seedPrograms } from '../support/seed-programs.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { type CampaignDraft, draftToEveryone } from './draft-to-everyone.ts';
import { createTestPlanners } from './test-planners.ts';

/** Two processes that plan campaigns on one database, by a clock that the test sets. Nothing is handed over. */
export type CampaignHarness = {
  store: Store;
  contexts: [AppContext, AppContext];
  /** Sets the clock of both processes. */
  setClock: (moment: string) => void;
  now: () => Date;
  /** Inserts a subscriber of `deals` at a place. Resolves with the contact's id. */
  addPerson: (place?: Partial<PostalPlace>) => Promise<string>;
  /** Inserts so many subscribers, of whom only the country is known. */
  addPeople: (count: number) => Promise<void>;
  /** Saves a draft and starts it. By default the draft goes to everyone. */
  startDraft: (id: string, order?: Partial<Start>, draft?: Partial<CampaignDraft>) => Promise<CampaignDoc>;
  /** Plans until the campaign is planned. Resolves with its rows by contact. */
  planUntilComplete: (id: string) => Promise<Map<string, DeliveryDoc>>;
  /** Plans until the campaign has paused itself. */
  planUntilPaused: (id: string) => Promise<void>;
  find: (id: string) => Promise<CampaignDoc>;
  /**
   * Starts a planner with this context. It runs until it is stopped, here or by `stopPlanning`. Its `stop` rejects
   * when planning failed.
   */
  startPlanner: (context: AppContext, onError?: (error: unknown, line: string) => void) => CampaignWorker;
  /** Stops planning until the next call that plans. */
  stopPlanning: () => Promise<void>;
  stop: () => Promise<void>;
};

/** A time before every day on which the tests play. */
const SUBSCRIBED_AT = new Date('2026-11-01T12:00:00Z');

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const NEVER: Start = {
  at: null,
  deadline: null,
  local: null,
  spreadMs: 0,
  repeat: null,
  everyone: true,
  by: 'a key',
};

const profileIn = (place: Partial<PostalPlace>) => ({
  ...EMPTY_PROFILE,
  place: { ...EMPTY_PROFILE.place, country: 'US', ...place },
});

export async function startCampaignHarness(
  area: string,
  book: Partial<ProgramBook> = {},
): Promise<CampaignHarness> {
  const people = testPeople(area, () => SUBSCRIBED_AT);
  const { uri, name, store } = await openTestStore();
  await seedPrograms(store, book.senders, book.programs);
  await writeMessageTemplate(
    store,
    null,
    { _id: 'offer', program: 'deals', texts: { en: '{brand}: an offer' } },
    new Date(),
  );
  let clock = new Date(0);
  const now = (): Date => clock;
  const config = {
    keyRing: people.ring,
    ledgerKeys: people.ring,
    blindIndexKeys: [Buffer.alloc(32, 1)],
    publicUrl: 'http://localhost',
    mongodbUri: uri,
    database: name,
  };
  const open = [await openContext(config, QUIET, now), await openContext(config, QUIET, now)] as const;
  const contexts: [AppContext, AppContext] = [open[0].context, open[1].context];
  const { startPlanner, stopAll: rest } = createTestPlanners();
  let isPlanning = false;
  const find = async (id: string): Promise<CampaignDoc> => {
    const found = await findCampaign(store, id);
    if (found === null) throw new Error(`there is no campaign ${id}`);
    return found;
  };
  const plan = async (what: string, done: () => Promise<boolean>): Promise<void> => {
    if (!isPlanning) startPlanner(contexts[1]);
    isPlanning = true;
    await until(what, done);
  };
  return {
    ...{ store, contexts, now, find, startPlanner },
    stopPlanning: async () => {
      isPlanning = false;
      await rest();
    },
    setClock: (moment) => {
      clock = new Date(moment);
    },
    addPerson: async (place = {}) => {
      const [holder] = await addSubscribers(store, people, 1, { profile: profileIn(place) });
      return holder?.id ?? '';
    },
    addPeople: async (count) => {
      await addSubscribers(store, people, count, { profile: profileIn({}) });
    },
    startDraft: async (id, order = {}, more = {}) => {
      await writeDraft(store, draftToEveryone(id, more), clock);
      const started = await startCampaign(contexts[0], id, { ...NEVER, ...order });
      if (started === null) throw new Error('nothing was started');
      return started;
    },
    planUntilComplete: async (id) => {
      await plan(
        `campaign ${id} is planned`,
        async () => (await findCampaign(store, id))?.plan.complete === true,
      );
      const rows = await store.deliveries.find({ campaign: id }).toArray();
      return new Map(rows.map((row) => [row.contact, row]));
    },
    planUntilPaused: (id) =>
      plan(`campaign ${id} is paused`, async () => (await findCampaign(store, id))?.state === 'paused'),
    stop: async () => {
      await rest();
      for (const { close } of open) await close();
      await closeTestStore(store);
    },
  };
}
