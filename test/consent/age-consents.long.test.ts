import { expect } from 'chai';
import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { ageConsents } from '../../src/consent/maintenance/renewals.ts';
import { mergeContacts } from '../../src/contacts/merge.ts';
import type { Program } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { LOST, losingKeys } from '../promises/losing-keys.ts';
import { contextOf, QUIET } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const DAY = 86_400_000;
/** Deals, of which one may also order something. */
const withRepairs = (program: Program): Program => {
  const [topic] = program.topics;
  if (program.id !== 'deals' || topic === undefined) return program;
  const repairs = { ...topic, id: 'repairs', code: '9', word: 'REPAIRS', purpose: 'informational' as const };
  return { ...program, topics: [...program.topics, repairs] };
};

const FREE = { most: 100, goOn: () => true };

describe('consent that grows old', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let ahead = 0;
  before(async () => {
    // Quiet hours and caps bind the question for renewal as they do any marketing.
    gateway = await startGateway({ programs: PROGRAMS.map(withRepairs) });
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const contactOf = (number: string) =>
    gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
  const dealsOf = async (number: string) =>
    (await contactOf(number))?.subscriptions.find(({ program }) => program === 'deals');
  /** Confirmed so many days ago. */
  const subscriber = async (days: number): Promise<string> => {
    const number = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    const at = new Date(Date.now() - days * DAY);
    await gateway.store.contacts.updateOne(
      { index: open.context.indexOf(number), 'subscriptions.program': 'deals' },
      { $set: { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at, promptsSent: [] } },
    );
    return number;
  };

  it('is asked for anew once while it stands, renewed by YES and ended by silence, and other consent is not touched', async () => {
    const [young, aged, silent, old] = [
      await subscriber(30),
      await subscriber(530),
      await subscriber(531),
      await subscriber(700),
    ] as [string, string, string, string];
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 2, lapsed: 1, waiting: 0 });
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
    expect(await dealsOf(old)).to.include({ state: 'expired', endedBy: 'lapsed' });
    expect(await dealsOf(young)).to.include({ state: 'subscribed' });
    const told = await gateway.store.consentEvents.find({ actor: /^job:/ }).toArray();
    expect(new Set(told.map(({ channel }) => channel)), 'the person did nothing').to.deep.equal(
      new Set(['NO_ACT']),
    );
    const asking = await contactOf(aged);
    const row = await gateway.store.deliveries.findOne({ contact: asking?._id ?? '', template: 'renewal' });
    expect(row).to.include({ class: 'marketing', topic: 'deals' });
    await until('the hand-over of the renewal prompt is recorded', async () => {
      const prompt = (await contactOf(aged))?.prompts.find(({ state }) => state === 'open');
      return prompt?.handedOverAt != null;
    });
    // The hand-over counts from the first byte, a moment before the handset shows the text.
    const lastText = async () => (await gateway.received(aged)).at(-1) ?? '';
    await until('the handset shows the question', async () =>
      (await lastText()).includes('reply YES to keep getting'),
    );
    await gateway.text(aged, 'YES');
    const renewed = await dealsOf(aged);
    expect(renewed).to.include({ state: 'subscribed' });
    expect(renewed?.basis?.disclosure.touchpoint).to.equal('sms-renewal.en');
    ahead = 20 * DAY;
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 1, waiting: 0 });
    expect(await dealsOf(silent)).to.include({ state: 'expired', endedBy: 'lapsed' });
    expect(await dealsOf(aged)).to.include({ state: 'subscribed' });
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
  });

  it('is asked for and ended although another contact cannot be opened', async () => {
    ahead = 0;
    const numbers = [await subscriber(700), await subscriber(701), await subscriber(702)] as const;
    const found = await Promise.all(numbers.map(contactOf));
    // Contacts are read in the order of their ids.
    const [first] = found.map((contact) => contact?._id ?? '').sort();
    const sealed = Buffer.from('not what was sealed');
    await gateway.store.contacts.updateOne({ _id: first ?? '' }, { $set: { sealed } });
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 2, waiting: 0 });
    await gateway.store.contacts.deleteOne({ _id: first ?? '' });
  });

  it('is skipped for a person whose key is lost for good, without a log line night after night', async () => {
    ahead = 0;
    const [lost, other] = [await subscriber(600), await subscriber(700)];
    const keys = losingKeys(
      () => gateway,
      () => {
        throw new Error('nobody asks by HTTP here');
      },
    );
    await keys.lose(lost);
    await keys.note();
    const lines: object[] = [];
    const context = {
      ...open.context,
      log: { ...QUIET, error: (fields: object) => void lines.push(fields) },
    };
    expect(await ageConsents(context, FREE)).to.deep.equal({ asked: 0, lapsed: 1, waiting: 0 });
    expect(await ageConsents(context, FREE)).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
    expect(lines).to.deep.equal([]);
    expect(await dealsOf(lost)).to.include({ state: 'subscribed' });
    expect(await dealsOf(other)).to.include({ state: 'expired' });
    await gateway.store.marks.deleteOne({ _id: LOST });
    await gateway.store.contacts.deleteOne({ index: open.context.indexOf(lost) });
  });

  it('ends only for marketing of a person with orders, and for nobody who turned marketing off', async () => {
    ahead = 0;
    const [both, ordering] = [await subscriber(700), await subscriber(700)];
    for (const number of [both, ordering]) {
      await gateway.store.contacts.updateOne(
        { index: open.context.indexOf(number), 'subscriptions.program': 'deals' },
        { $set: { 'subscriptions.$.purposes': ['marketing', 'informational'] } },
      );
      await gateway.text(number, '9');
    }
    await gateway.text(ordering, 'STOP DEALS');
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 1, waiting: 0 });
    const left = { state: 'subscribed', topics: ['repairs'] };
    expect(await dealsOf(both)).to.deep.include({ ...left, purposes: ['informational'] });
    expect(await dealsOf(ordering)).to.deep.include(left);
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
  });

  it('is not asked for during a pause that the person asked for', async () => {
    ahead = 0;
    const pausing = await subscriber(535);
    await gateway.text(pausing, 'PAUSE');
    expect(await ageConsents(open.context, FREE)).to.deep.equal({ asked: 0, lapsed: 0, waiting: 1 });
    expect(await dealsOf(pausing)).not.to.have.property('renewalAskedAt');
  });

  it('is asked for by either number of a person unless that number stopped it, and JOIN asks again', async () => {
    ahead = 0;
    const [asked, other] = [await subscriber(535), newPerson()];
    const [stopped, leaving] = [await subscriber(536), newPerson()];
    await gateway.text(other, 'HELP');
    await gateway.text(leaving, 'STOP');
    for (const pair of [
      [asked, other],
      [stopped, leaving],
    ] as const) {
      const [first, second] = (await Promise.all(pair.map(contactOf))).map((found) => found?._id ?? '');
      await mergeContacts(open.context, [first ?? '', second ?? ''], { by: 'key', reason: 'one person' });
    }
    expect(await ageConsents(open.context, FREE)).to.include({ asked: 1, lapsed: 0 });
    expect(await dealsOf(asked)).to.have.property('renewalAskedAt');
    expect(await dealsOf(stopped)).not.to.have.property('renewalAskedAt');
    const { replies } = await gateway.text(stopped, 'JOIN');
    expect(replies[0]).to.contain('reply YES');
  });
});
