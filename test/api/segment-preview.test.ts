import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Client, newClient } from './client.ts';

const person = (at: number): string => `+1555128${String(at).padStart(4, '0')}`;
const subscribed = { kind: 'subscription', state: 'subscribed', program: 'deals' };
const inOhio = { kind: 'state', oneOf: ['OH'] };

describe('a segment preview', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    for (const at of [1, 2, 3]) {
      await gateway.text(person(at), 'JOIN');
      await gateway.text(person(at), 'YES');
    }
    await gateway.text(person(3), 'STOP');
    for (const [at, zip] of [
      [1, '44101'],
      [2, null],
      [3, '44101'],
    ] as const) {
      await client('post', '/contacts', {
        body: { phone: person(at), place: { country: 'US', state: 'OH', zip } },
      });
    }
  });
  after(() => gateway.stop());

  const preview = (tree: unknown, more: Record<string, unknown> = {}) =>
    client('post', '/segments/preview', { body: { program: 'deals', topic: 'deals', tree, ...more } });
  const exactly = (people: number) => ({ people });

  it('says who fits, who may be texted, why the others may not, and where they are', async () => {
    const { body } = await preview({ kind: 'all', of: [inOhio, subscribed] });
    expect(body.matches).to.deep.equal(exactly(2));
    expect(body).to.not.have.property('next_step');
    expect(body.remaining).to.deep.equal([
      { clause: 'Everyone who lives in OH.', ...exactly(3) },
      { clause: 'Everyone who is subscribed to Fernway Deals.', ...exactly(2) },
    ]);
    const all = (await preview(inOhio)).body;
    expect([all.may_be_texted, all.over_cap, all.unreadable].map(({ people }) => people)).to.deep.equal([
      2, 0, 0,
    ]);
    expect(all.judged).to.equal(3);
    const refused = all.refused.map((group: { code: string; people: number }) => [group.code, group.people]);
    // The person is no subscriber any more either: the first reason counts.
    expect(refused).to.deep.equal([['opted-out', 1]]);
    expect(all.zones).to.deep.equal([{ zone: 'America/New_York', people: 3, weak: { people: 0 } }]);
    for (const { masked } of all.samples) expect(masked).to.match(/^\+1•+\d{4}$/);
    expect(all.samples).to.have.length(3);
    expect(JSON.stringify(all)).to.not.contain(person(1).slice(2));
  });

  it('counts everybody once, so that all numbers add up to the total', async () => {
    const { body } = await preview({ kind: 'everyone' });
    const { may_be_texted, over_cap, unreadable, held, refused } = body;
    const groups: { people: number }[] = [may_be_texted, over_cap, unreadable, ...held, ...refused];
    expect(groups.reduce((sum, { people }) => sum + people, 0)).to.equal(body.matches.people);
    expect(refused.length).to.be.above(0);
  });

  it('estimates within bounds when too many people fit, and counts them when asked', async () => {
    const template = await gateway.store.contacts.findOne({ 'subscriptions.state': 'subscribed' });
    if (template === null) throw new Error('nobody is there');
    const like = (at: number): ContactDoc => ({
      ...template,
      _id: `c_${createHash('sha256').update(String(at)).digest('base64url').slice(0, 16)}`,
      index: `1.like${at}`,
      profile: {
        ...EMPTY_PROFILE,
        place: { ...EMPTY_PROFILE.place, city: at % 4 === 0 ? 'Akron' : 'Dayton' },
      },
    });
    const added = Array.from({ length: 6000 }, (_, at) => like(at));
    await gateway.store.contacts.insertMany(added);
    try {
      const slow = {
        kind: 'all',
        of: [
          { kind: 'city', oneOf: ['Akron'] },
          { kind: 'known', what: 'city' },
        ],
      };
      const rough = (await preview(slow)).body;
      const [first] = rough.remaining;
      expect(first).to.have.keys(['clause', 'estimated_people', 'between']);
      expect(first.between[0]).to.be.at.most(1500);
      expect(first.between[1]).to.be.at.least(1500);
      expect(rough.next_step).to.contain('"exact": true');
      expect(rough.judged).to.equal(200);
      // Nobody of the sample can be decrypted, so nobody at all, as far as is known.
      const { estimated_people: unreadable, between } = rough.unreadable;
      expect(unreadable).to.equal(rough.matches.people ?? rough.matches.estimated_people);
      expect(between[0]).to.be.within(200, unreadable);
      expect(rough.may_be_texted.between[1]).to.be.greaterThan(0);
      const { body } = await preview(slow, { exact: true });
      expect(body.matches).to.deep.equal(exactly(1500));
      expect(body.remaining.map((clause: { people: number }) => clause.people)).to.deep.equal([1500, 1500]);
      expect(body).to.not.have.property('next_step');
      expect(body.judged).to.equal(1500);
    } finally {
      await gateway.store.contacts.deleteMany({ _id: { $in: added.map(({ _id }) => _id) } });
    }
  });

  it('accepts every built-in tree, of one program and of any', async () => {
    for (const query of ['', 'program=deals']) {
      const { body } = await client('get', '/segments/ready-made', { query });
      expect(body.items.map((item: { id: string }) => item.id)).to.include.members([
        'win-back',
        'new-this-week',
        'engaged',
        'old-consent',
        'weak-zone',
      ]);
      for (const { tree, sentence } of body.items) {
        const seen = await preview(tree);
        expect([seen.status, seen.body.sentence]).to.deep.equal([200, sentence]);
      }
    }
    const unknown = await client('get', '/segments/ready-made', { query: 'program=nothing' });
    expect(unknown.status).to.equal(422);
    const taken = await client('put', '/segments/ready-made', { body: { name: 'x', tree: inOhio } });
    expect(taken.status).to.equal(405);
  });

  it('finds people by area code and by reply, and counts an opt-out as no reply', async () => {
    const matches = async (tree: unknown) => (await preview(tree)).body.matches.people;
    expect(await matches({ kind: 'area-code', oneOf: ['555'] })).to.equal(3);
    expect(await matches({ kind: 'area-code', oneOf: ['213'] })).to.equal(0);
    expect(await matches({ kind: 'replied', days: 1 })).to.equal(3);
    await gateway.text(person(4), 'STOP');
    expect(await matches({ kind: 'area-code', oneOf: ['555'] })).to.equal(4);
    expect(await matches({ kind: 'replied' })).to.equal(3);
  });

  it('finds people by their engagement once an event has come', async () => {
    const champions = { kind: 'engagement', oneOf: ['champion'] };
    const at = new Date().toISOString();
    expect((await preview(champions)).body.matches.people).to.equal(0);
    for (const id of ['one', 'two']) {
      await client('post', '/events', { body: { phone: person(1), type: 'purchase', at, amount: 5, id } });
    }
    expect((await preview(champions)).body.matches.people).to.equal(1);
    expect(
      (await preview({ kind: 'none', of: [{ kind: 'engagement', oneOf: ['dormant'] }] })).body.matches.people,
    ).to.equal(1);
  });

  it('notes events, lists and values that nobody has, with what was probably meant', async () => {
    const at = new Date().toISOString();
    await client('post', '/contacts', {
      body: { phone: person(1), lists: ['spring-club'], interests: ['running'], place: { city: 'Akron' } },
    });
    await client('put', '/contact-fields/tier', { body: { type: 'text', label: 'Tier' } });
    await client('post', '/contacts', { body: { phone: person(1), fields: { tier: 'gold' } } });
    await client('post', '/events', { body: { phone: person(1), type: 'purchase', at } });
    const field = (value: string) => ({ kind: 'field', name: 'tier', test: { kind: 'is', value } });
    const right = [
      { kind: 'did', event: 'purchase', days: 1, times: 999 },
      { kind: 'list', oneOf: ['spring-club'] },
      { kind: 'interest', oneOf: ['running'] },
      { kind: 'city', oneOf: ['Akron'] },
      { kind: 'state', oneOf: ['OH'] },
      field('gold'),
    ];
    expect((await preview({ kind: 'any', of: right })).body.notes).to.deep.equal([]);
    const wrong = [
      { kind: 'did', event: 'purchse' },
      { kind: 'list', oneOf: ['spring-club', 'sprng-club'] },
      { kind: 'none', of: [{ kind: 'did-not', event: 'skydive' }] },
      { kind: 'interest', oneOf: ['runing'] },
      { kind: 'city', oneOf: ['AKRON'] },
      { kind: 'state', oneOf: ['WY'] },
      field('glod'),
    ];
    const { status, body } = await preview({ kind: 'any', of: wrong });
    expect(status).to.equal(200);
    expect(
      body.notes.map((note: { field: string; sentence: string }) => `${note.field}: ${note.sentence}`),
    ).to.deep.equal([
      'tree.of.0.event: Nobody ever did “purchse”; did you mean “purchase”?',
      'tree.of.1.oneOf.1: Nobody is on the list “sprng-club”; did you mean “spring-club”?',
      'tree.of.2.of.0.event: Nobody ever did “skydive”. GET /event-types has what people did.',
      'tree.of.3.oneOf.0: Nobody is interested in “runing”; did you mean “running”?',
      'tree.of.4.oneOf.0: Nobody lives in AKRON; did you mean “Akron”?',
      'tree.of.5.oneOf.0: Nobody lives in WY.',
      'tree.of.6.test.value: Nobody has “glod” in the field “tier”; did you mean “gold”?',
    ]);
    expect(body.notes.every((note: { code: string }) => note.code === 'nobody-has')).to.equal(true);
  });

  it('counts people clause by clause by number, sum and time of their events', async () => {
    const at = new Date();
    const dayAhead = (days: number) => new Date(at.getTime() + days * 86_400_000).toISOString().slice(0, 10);
    const visits: [who: number, amount: number][] = [
      [1, 5],
      [1, 7.5],
      [2, 30],
      [3, 4],
    ];
    for (const [who, amount] of visits) {
      await client('post', '/events', {
        body: { phone: person(who), type: 'visit', at: at.toISOString(), amount },
      });
    }
    const visited = (asked: object) => ({ kind: 'did', event: 'visit', ...asked });
    const since = dayAhead(0);
    const tree = {
      kind: 'all',
      of: [visited({ since }), visited({ sumAtMost: 12.5 }), visited({ timesAtMost: 1 })],
    };
    const { body } = await preview(tree);
    expect(body.remaining.map((clause: { people: number }) => clause.people)).to.deep.equal([3, 2, 1]);
    expect(body.remaining[1].clause).to.equal('Everyone who did “visit” for at most 12.5 in all.');
    const faulty = {
      kind: 'all',
      of: [subscribed, visited({ times: 3, timesAtMost: 2, since: dayAhead(-500) })],
    };
    const answers = [
      await preview(faulty),
      await client('put', '/segments/visits', { body: { name: 'x', tree: faulty } }),
    ];
    for (const answer of answers) {
      expect(answer.status).to.equal(422);
      const fields = answer.body.errors.map((error: { field: string }) => error.field);
      expect(fields).to.deep.equal(['tree.of.1.times', 'tree.of.1.since']);
    }
  });
});
