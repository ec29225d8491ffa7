import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import type { Channel } from '../../src/domain/consent/channels.ts';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import type { Program } from '../../src/domain/program.ts';
import { deliverySentence } from '../../src/domain/sending/delivery-sentence.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Transport } from '../../src/sending/gate.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

/** A Monday, three at night in New York. */
const NIGHT = new Date('2026-03-02T08:00:00Z');
const MINUTE = 60_000;

const off = (id: string): Program | null => PROGRAMS.find((program) => program.id === id) ?? null;
const on = (id: string): Program | null => {
  const { quietHours: _, ...program } = off(id) as Program;
  return program;
};

describe('the quiet hours of a prompt that came by another door', () => {
  const people = testPeople('141');
  let store: Store;
  let handed: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));
  beforeEach(async () => {
    handed = [];
    await store.deliveries.deleteMany({});
  });

  const turnAt = async (now: Date, program: (id: string) => Program | null): Promise<void> => {
    const transport: Transport = async (cleared) =>
      cleared.map((clearedMessage) => {
        handed.push(clearedMessage.ref.delivery);
        return taken(clearedMessage, now);
      });
    const deps = dispatchDeps(store, people, { program, now: () => now, carrier: carrierOf(transport) });
    const turn = await createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 })).turn();
    if (turn.kind === 'sending') await turn.done;
  };
  const rowOf = async (id: string): Promise<DeliveryDoc> =>
    (await store.deliveries.findOne({ _id: id })) as DeliveryDoc;

  /** Asked so many minutes ago by one door, with so many hours to answer. */
  const asked = async (
    channel: Channel,
    ago: number,
    { hours = 72, ...more }: Partial<DeliveryDoc> & { hours?: number } = {},
  ): Promise<string> => {
    const holder = await addSubscriber(store, people);
    const place = {
      ...EMPTY_PROFILE.place,
      country: 'US',
      state: 'NY',
      zip: '10001',
      zone: 'America/New_York',
    };
    const issuedAt = new Date(NIGHT.getTime() - ago * MINUTE);
    const expiresAt = new Date(issuedAt.getTime() + hours * 60 * MINUTE);
    const prompt: ContactDoc['prompts'][number] = {
      ...{ id: 'p1', seq: 2, number: '28555', program: 'deals', topics: ['deals'] },
      ...{
        purposes: { deals: 'marketing' },
        channel,
        issuedAt,
        expiresAt,
        handedOverAt: null,
        under: {},
        step: 'confirm',
        state: 'open',
      },
      ...{ language: 'en', confirmWord: 'YES', disclosure: { touchpoint: 'sms-prompt.en', version: 1 } },
    };
    const set = { subscriptions: [], prompts: [prompt], profile: { ...EMPTY_PROFILE, place } };
    await store.contacts.updateOne({ _id: holder.id }, { $set: set });
    const about = { class: 'prompt', topic: null, prompt: 'p1', validUntil: expiresAt } as const;
    const row = plannedFor(holder, { ...about, ...more });
    await store.deliveries.insertOne(row);
    return row._id;
  };

  it('delay a prompt after a paper form, a call or an older web form until morning, and say so', async () => {
    const held = [await asked('PAPER_FORM', 0), await asked('VERBAL', 0), await asked('WEB_FORM', 11)];
    await turnAt(NIGHT, on);
    expect(handed).to.deep.equal([]);
    const row = await rowOf(held[0] ?? '');
    expect(deliverySentence(row, NIGHT)).to.match(
      /^Waits until Mar 2, 2026, \d+:00 AM \w+: quiet hours for questions by text/,
    );
    await turnAt(row.dueAt, on);
    expect(handed).to.have.members(held);
  });

  it("delay no prompt after a fresh form or the person's own text, and none when they are off", async () => {
    const free = [await asked('WEB_FORM', 9), await asked('MOBILE_QR_CODE', 0)];
    const answers = { sid: 'SM1', receivedAt: NIGHT };
    free.push(await asked('VIA_TEXT', 60, { own: true, answers }));
    await turnAt(NIGHT, on);
    expect(handed).to.have.members(free);
    const sheet = await asked('PAPER_FORM', 0);
    await turnAt(NIGHT, off);
    expect(handed).to.include(sheet);
  });

  it('end at once a prompt whose window is over before morning', async () => {
    const id = await asked('PAPER_FORM', 0, { hours: 3 });
    await turnAt(NIGHT, on);
    const row = await rowOf(id);
    expect([row.state, row.decision?.reasons]).to.deep.equal(['expired', ['too-late']]);
    expect(deliverySentence(row, NIGHT)).to.match(/It had waited: quiet hours for questions by text/);
  });
});
