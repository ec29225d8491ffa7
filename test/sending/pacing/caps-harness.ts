import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import type { Program, Sender } from '../../../src/domain/program.ts';
import type { DispatchDeps } from '../../../src/sending/claim-batch.ts';
import { createSenderQueue } from '../../../src/sending/dispatcher.ts';
import { CLAIM_LEASE_MS } from '../../../src/sending/gate.ts';
import type { OpenContact } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { addSubscriber, plannedFor, type TestPeople } from '../../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../../support/test-store.ts';
import { carrierOf, dispatchDeps, taken } from '../dispatch-deps.ts';

/** A program of the seed with the usual caps, and with whatever a test replaces. */
export function programUnderCaps(id: string, over: Partial<Program> = {}): Program {
  const program = PROGRAMS.find((program) => program.id === id);
  if (program === undefined) throw new Error(`the seed has no program ${id}`);
  const { capping: _, ...bound } = program;
  return { ...bound, ...over };
}

/** Dispatchers on one database, and people with earlier messages. */
export type CapsHarness = {
  store: Store;
  /** The ids of deliveries in the order of their hand-over. */
  handedOver: string[];
  programs: Program[];
  promised: DispatchDeps['promised'];
  sender: DispatchDeps['sender'];
  /** Parts that no daily cap counted, because their carrier is unknown. */
  uncounted: number;
  /** The carrier turns so many calls away first. */
  turnedAway: number;
  addPerson: () => Promise<OpenContact>;
  /** Adds a message that left `hoursAgo`. */
  addSent: (holder: OpenContact, hoursAgo: number, fields?: Partial<DeliveryDoc>) => Promise<void>;
  plan: (holder: OpenContact, fields?: Partial<DeliveryDoc>) => Promise<string>;
  /** Hands over what is due from a sender, as a worker would at this moment. */
  serve: (now?: Date, sender?: Sender) => Promise<void>;
  row: (id: string) => Promise<DeliveryDoc>;
  /** Removes everything before the next test. */
  clear: () => Promise<void>;
  close: () => Promise<void>;
};

const HOUR_MS = 3_600_000;

const atFirst = (): Pick<
  CapsHarness,
  'handedOver' | 'programs' | 'promised' | 'sender' | 'uncounted' | 'turnedAway'
> => ({
  handedOver: [],
  programs: ['deals', 'stylist', 'orders'].map((id) => programUnderCaps(id)),
  promised: () => ({ frequencies: [], topics: [] }),
  sender: () => null,
  uncounted: 0,
  turnedAway: 0,
});

export async function openCapsHarness(people: TestPeople): Promise<CapsHarness> {
  const { store } = await openTestStore();
  const harness: CapsHarness = {
    store,
    ...atFirst(),
    addPerson: () => addSubscriber(store, people),
    addSent: async (holder, hoursAgo, fields = {}) => {
      const leaseUntil = new Date(Date.now() - hoursAgo * HOUR_MS + CLAIM_LEASE_MS);
      const { open: _, ...row } = plannedFor(holder, { state: 'delivered', leaseUntil, epoch: 1, ...fields });
      await store.deliveries.insertOne(row);
    },
    plan: async (holder, fields = {}) => {
      const row = plannedFor(holder, fields);
      await store.deliveries.insertOne(row);
      return row._id;
    },
    serve: async (now = new Date(), sender = SENDERS.shop) => {
      const queue = createSenderQueue(depsAt(harness, people, now), () => ({ ...sender, rate: 1000 }));
      for (;;) {
        const turn = await queue.turn();
        if (turn.kind !== 'sending') return;
        await turn.done;
      }
    },
    row: async (id) => {
      const row = await store.deliveries.findOne({ _id: id });
      if (row === null) throw new Error('the row is gone');
      return row;
    },
    clear: async () => {
      await emptyTestStore(store);
      Object.assign(harness, atFirst());
    },
    close: async () => {
      await closeTestStore(store);
    },
  };
  return harness;
}

const depsAt = (harness: CapsHarness, people: TestPeople, now: Date): DispatchDeps =>
  dispatchDeps(harness.store, people, {
    program: (id) => harness.programs.find((program) => program.id === id) ?? null,
    promised: harness.promised,
    sender: (number) => harness.sender(number),
    now: () => now,
    carrier: carrierOf(async (cleared) =>
      cleared.map((clearedMessage) => {
        if (!clearedMessage.takeTurn())
          return { ...clearedMessage.ref, result: 'put-back', why: 'its deadline had passed' };
        harness.handedOver.push(clearedMessage.ref.delivery);
        if (harness.turnedAway-- > 0)
          return { ...clearedMessage.ref, result: 'put-back', why: 'it is busy', afterMs: 0 };
        return taken(clearedMessage, now);
      }),
    ),
    onUncounted: (parts) => {
      harness.uncounted += parts;
    },
  });
