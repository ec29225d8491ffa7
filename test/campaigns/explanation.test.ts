import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { groupOf } from '../../src/domain/campaigns/experiment.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { idThatFills, marketer, person, SUBSCRIBED, slowSender, subscribe } from './marketer.ts';

const PEOPLE = 6;
const SECOND = { ...SENDERS.stylist, number: '+15550100198', rate: 100 };

describe('the explanations and results of a campaign', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: [...slowSender(100), SECOND] });
    client = await newClient(gateway);
    team = marketer(client);
    await subscribe(gateway, PEOPLE);
    await team.words('offer', '{brand}: an offer');
    const living = (at: number, state: string) =>
      client('post', '/contacts', { body: { phone: person(at), place: { country: 'US', state } } });
    for (const at of [1, 2, 3, 5, 6]) await living(at, 'CA');
    await living(4, 'NV');
  });
  after(() => gateway.stop());

  /** The campaign of which two get something and two nothing. */
  let asked = '';
  const contactOf = async (at: number): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone: person(at), reason: 'a test' } })).body.id;
  const why = async (id: string, at: number) =>
    (await client('post', `/campaigns/${id}/why`, { body: { phone: person(at) } })).body;
  const ended = (id: string, count: number) =>
    until(
      'the delivery reports of the campaign are recorded',
      async () => (await team.show(id)).progress.messages.delivered === count,
    );

  it('says in one sentence why each person got it or did not', async () => {
    const live = { kind: 'state', oneOf: ['CA'] };
    const dormant = { kind: 'none', of: [{ kind: 'list', oneOf: ['dormant'] }] };
    await client('post', '/contacts', { body: { phone: person(5), lists: ['dormant'] } });
    const split = { variants: [{ id: 'a', template: 'offer', share: 100 }], holdout: 50 };
    const found = await Promise.all([1, 2, 3, 6].map(contactOf));
    asked = idThatFills({ ...split, test: null }, found, ['a', 'holdout']);
    await team.draft(asked, { segment: { kind: 'all', of: [SUBSCRIBED, live, dormant] }, split });
    expect((await why(asked, 1)).sentence).to.match(/draft and was not started; the person fits it now/);
    await team.post(asked, 'start');
    await team.reaches(asked, 'finished');
    const groups = await Promise.all([1, 2, 3, 6].map((at) => why(asked, at)));
    await ended(asked, groups.filter(({ group }) => group === 'a').length);
    for (const at of [1, 2, 3, 6]) {
      const { sentence, group, delivery, in_audience } = await why(asked, at);
      expect(in_audience).to.equal(true);
      if (group === 'a')
        expect([sentence.slice(0, 9), delivery.state]).to.deep.equal(['Delivered', 'delivered']);
      else {
        expect([group, delivery.reasons[0].code]).to.deep.equal(['holdout', 'holdout']);
        expect(sentence).to.equal(
          'Not sent: The person is in the holdout group, which gets nothing so that the effect can be measured.',
        );
      }
    }
    const away = await why(asked, 4);
    expect(away.clauses).to.deep.equal([{ clause: 'lives in CA', how: 'must-fit' }]);
    expect([away.in_audience, away.delivery, away.sentence]).to.deep.equal([
      false,
      null,
      'Not in the audience, by what is known of the person now: the segment requires that the person lives in CA.',
    ]);
    const listed = await why(asked, 5);
    expect(listed.sentence).to.match(/the segment leaves out a person who is on the list .dormant.\.$/);
    await client('post', '/contacts', { body: { phone: person(4), place: { state: 'CA' } } });
    expect((await why(asked, 4)).sentence).to.match(/fits now, but did not when the audience was read/);
    expect((await why(asked, 99)).sentence).to.equal('Not sent: no contact has this number now.');
  });

  it('says why a person who came to fit in the test group after the winner was chosen gets nothing', async () => {
    const found = await Promise.all([1, 2, 3, 6].map(contactOf));
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const split = { variants, holdout: 0, test: { share: 50, wait_minutes: 60, by: 'reply' } };
    const drawn = { variants, holdout: 0, test: { share: 50, waitMinutes: 60, by: 'reply' } };
    const waiting = (campaign: string) =>
      found.map((person) => groupOf(drawn, null, { campaign, person }) === null);
    const ids = Array.from({ length: 99 }, (_, at) => `won-${at}`);
    const id = ids.find((candidate) => new Set(waiting(candidate)).size === 2) ?? '';
    await team.draft(id, { split });
    await team.post(id, 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    await team.post(id, 'pause');
    const won = { winner: { variant: 'a', at: new Date(), tallies: [] }, awaitsWinner: false };
    await gateway.store.campaigns.updateOne({ _id: id }, { $set: won });
    const said = await Promise.all([1, 2, 3, 6].map((at) => why(id, at)));
    for (const [at, { sentence }] of said.entries())
      expect(sentence).to.match(
        waiting(id)[at] ? /^Waits: the campaign is paused/ : /^Not sent: the person fits now/,
      );
  });

  it('shows what people did after it against the holdout', async () => {
    const rows = await gateway.store.deliveries.find({ campaign: asked }).toArray();
    const of = (variant: string) => rows.filter((row) => row.variant === variant);
    for (const [at, { contact }] of of('a').entries()) {
      for (const [amount, days] of [
        [20 + 10 * at, 1],
        [5, 1],
        [1000, 40],
      ] as const) {
        const body = { contact, type: 'purchase', amount, at: new Date().toISOString() };
        const later = { $set: { at: new Date(Date.now() + days * 86_400_000) } };
        await client('post', '/events', { body });
        await gateway.store.events.updateOne({ contact, amount }, later);
      }
    }
    expect([of('a').length, of('holdout').length]).to.deep.equal([2, 2]);
    const results = (query: string) => client('get', `/campaigns/${asked}/results`, { query });
    const groupsOf = ({ body }: ApiAnswer) =>
      body.groups.map(({ group, people, hits, amount }: Record<string, unknown>) => [
        group,
        people,
        hits,
        amount,
      ]);
    const all = await results('by=purchase&days=7');
    expect([all.status, all.body.via]).to.deep.equal([200, null]);
    // 25 and 35; what one bought after 40 days is none of it.
    expect(groupsOf(all)).to.deep.equal([
      ['a', 2, 2, 60],
      ['holdout', 2, 0, 0],
    ]);
    const [{ group, against, rate, worth }, ...others] = all.body.compared;
    expect([group, against, others]).to.deep.equal(['a', 'holdout', []]);
    // Newcombe's interval of 2 of 2 against 0 of 2; Welch's of means 30 and 0, with standard errors 5 and 0.
    expect(rate.value).to.equal(1);
    expect([rate.low, rate.high].map((bound) => bound.toFixed(4))).to.deep.equal(['0.0700', '1.0000']);
    expect(worth.value).to.equal(30);
    expect([worth.low, worth.high].map((bound) => bound.toFixed(4))).to.deep.equal(['20.2002', '39.7998']);
    // Its words had neither link nor code, so nothing can be credited to it alone.
    for (const via of ['click', 'coupon']) {
      const own = await results(`by=purchase&days=7&via=${via}`);
      expect([own.body.via, own.body.compared]).to.deep.equal([via, []]);
      expect(groupsOf(own)).to.deep.equal([
        ['a', 2, 0, 0],
        ['holdout', 2, 0, 0],
      ]);
    }
    const none = await results('by=click&via=click');
    expect([none.status, fieldsOf(none)]).to.deep.equal([422, ['via']]);
  });

  it('counts texts of people after it, whether or not they got it', async () => {
    for (const at of [1, 2, 3, 6]) await gateway.text(person(at), 'is the shop open?');
    const { body } = await client('get', `/campaigns/${asked}/results`, { query: 'by=reply&days=7' });
    expect(body.groups).to.have.length(2);
    for (const { group, people, hits } of body.groups) expect([group, hits]).to.deep.equal([group, people]);
  });

  it('says why a resend leaves out whoever got an earlier resend', async () => {
    await team.draft('first');
    await team.post('first', 'start');
    await team.reaches('first', 'finished');
    await ended('first', PEOPLE);
    await gateway.store.deliveries.updateMany({ campaign: 'first' }, { $set: { state: 'failed' } });
    await team.post('first', 'missed', { id: 'second' });
    expect((await why('second', 1)).sentence).to.match(
      /is a draft and was not started; the person fits it now/,
    );
    await team.post('second', 'start');
    await team.reaches('second', 'finished');
    await team.post('first', 'missed', { id: 'third' });
    const { in_audience, sentence } = await why('third', 1);
    expect([in_audience, sentence]).to.deep.equal([
      false,
      'Not in the audience: it goes to those who missed "first", and they have got it since, are about to, or were held out of it.',
    ]);
  });

  it('gives the estimated and the actual cost exactly, and names what has no price', async () => {
    await team.words('long', `{brand}: ${'long '.repeat(40)}`);
    await team.draft('priced', { template: 'long' });
    const unpriced = (await client('get', '/campaigns/priced/cost')).body;
    expect([unpriced.currency, unpriced.estimate.cost]).to.deep.equal([null, null]);
    const price = { country: 'US', kind: null, media: 'sms', price: '0.0083' };
    const twice = await client('put', '/prices', {
      body: { currency: 'USD', as_of: '2026-01-01', prices: [price, price] },
    });
    expect([twice.status, fieldsOf(twice)]).to.deep.equal([422, ['prices']]);
    await client('put', '/prices', { body: { currency: 'USD', as_of: '2026-01-01', prices: [price] } });
    const before = (await client('get', '/campaigns/priced/cost')).body;
    expect(before.estimate).to.deep.equal({
      going: { people: PEOPLE },
      judged: PEOPLE,
      parts: { parts: 2 * PEOPLE },
      cost: { amount: '0.0996', unpriced: [] },
    });
    await team.post('priced', 'start');
    await team.reaches('priced', 'finished');
    const { estimate, actual, ahead, currency } = (await client('get', '/campaigns/priced/cost')).body;
    expect([currency, estimate, ahead.parts]).to.deep.equal(['USD', null, 0]);
    expect(actual).to.deep.equal({ parts: 12, unsure_parts: 0, cost: { amount: '0.0996', unpriced: [] } });
    await ended('priced', PEOPLE);
    // The carrier took both, and told the end of neither; of a third nobody knows whether it came to be asked.
    const [first, second, third] = await gateway.store.deliveries.find({ campaign: 'priced' }).toArray();
    const unknown = { $set: { state: 'unknown' as const } };
    const ids = [first?._id ?? '', second?._id ?? ''];
    await gateway.store.deliveries.updateMany({ _id: { $in: ids } }, unknown);
    const lost = { ...unknown, $unset: { acceptedAt: '' as const } };
    await gateway.store.deliveries.updateOne({ _id: third?._id ?? '' }, lost);
    const later = (await client('get', '/campaigns/priced/cost')).body.actual;
    expect([later.parts, later.unsure_parts, later.cost.amount]).to.deep.equal([10, 2, '0.083']);
  });

  it('estimates the cost from several numbers at the price of each, as the start then plans it', async () => {
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    const numbers = [SENDERS.shop.number, SECOND.number];
    expect((await client('put', '/programs/deals', { body: { ...deals, numbers } })).status).to.equal(200);
    const prices = [
      { country: 'US', kind: 'short-code', media: 'sms', price: '0.0100' },
      { country: 'US', kind: 'long-code', media: 'sms', price: '0.0001' },
    ];
    await client('put', '/prices', { body: { currency: 'USD', as_of: '2026-01-01', prices } });
    const knowSecond = await gateway.store.contacts.find().limit(2).toArray();
    const theirs = { contact: { $in: knowSecond.map(({ _id }) => _id) } };
    await gateway.store.deliveries.updateMany(theirs, { $set: { sender: SECOND.number } });
    await team.draft('pooled', { template: 'long' });
    const { estimate } = (await client('get', '/campaigns/pooled/cost')).body;
    expect([estimate.parts.parts, estimate.cost.amount]).to.deep.equal([12, '0.0804']);
    await team.post('pooled', 'start');
    await team.reaches('pooled', 'finished');
    const { actual } = (await client('get', '/campaigns/pooled/cost')).body;
    expect([actual.parts, actual.cost.amount]).to.deep.equal([12, '0.0804']);
  });
});
