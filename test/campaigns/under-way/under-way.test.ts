import { expect } from 'chai';
import { groupOf } from '../../../src/domain/campaigns/experiment.ts';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { followLinks, idThatFills, marketer, person, slowSender, subscribe, whoGot } from '../marketer.ts';

const PEOPLE = 12;

describe('a campaign under way', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: slowSender(12) });
    client = await newClient(gateway);
    team = marketer(client);
    await subscribe(gateway, PEOPLE);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());
  afterEach(() => gateway.sim('PUT', '/sim/behaviours', []));

  const got = (ending: string) => whoGot(gateway, PEOPLE, ending);
  const rows = (id: string) => gateway.store.deliveries.find({ campaign: id }).toArray();

  const pairsOf = ({ compared }: { compared?: Record<string, string>[] }) =>
    compared?.map((comparison) => `${comparison.group}-${comparison.against}`).sort();

  it('sends new words by the same rows to those who have not got it, when it is edited in a pause', async () => {
    await team.words('typo', '{brand}: an ofer');
    await team.draft('edited', { template: 'typo' });
    await team.post('edited', 'start');
    await until('the first offer is on a handset', async () => (await got('ofer')).length > 0);
    const early = await team.post('edited', 'edit', { words: true, note: 'a typo' });
    expect([early.status, early.body.detail]).to.deep.equal([
      409,
      'It is under way. Pause it, POST /campaigns/{id}/pause, edit it, then resume it.',
    ]);
    await team.post('edited', 'pause');
    const same = await team.post('edited', 'edit', { words: true, note: 'a typo' });
    expect([same.status, fieldsOf(same)]).to.deep.equal([422, ['words']]);
    await team.words('typo', '{brand}: a better one');
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    // This looks as if a worker were still planning. Until it has ended, rows with the old words may come.
    const planning = (leaseUntil: Date | null) =>
      gateway.store.campaigns.updateOne({ _id: 'edited' }, { $set: { 'plan.leaseUntil': leaseUntil } });
    await planning(new Date(Date.now() + 3_600_000));
    const edited = await team.post('edited', 'edit', { words: true, deadline, note: 'a typo' });
    expect(edited.body).to.deep.include({ state: 'paused', deadline, rewriting: true });
    const unready = await team.post('edited', 'resume');
    expect([unready.status, unready.body.detail]).to.deep.equal([
      409,
      'Its messages are still being rewritten. Resume it in a moment.',
    ]);
    await planning(null);
    await until('the edited messages are written anew', async () => !(await team.show('edited')).rewriting);
    expect((await team.post('edited', 'resume')).status).to.equal(200);
    await team.reaches('edited', 'finished');
    const [before, after] = await Promise.all([got('ofer'), got('a better one')]);
    const all = Array.from({ length: PEOPLE }, (_, at) => person(at + 1));
    expect([...before, ...after].sort()).to.deep.equal(all);
    expect(after.length).to.be.greaterThan(0);
    const late = (await rows('edited')).filter((row) => row.edition === 1);
    expect(late).to.have.length(after.length);
    for (const row of late) {
      expect([row.template, row.validUntil?.toISOString()]).to.deep.equal(['typo.2', deadline]);
      // More than one where it was flagged and put back as the pause came.
      expect(row.epoch).to.be.at.least(1);
    }
    const [edit] = (await team.show('edited')).edits;
    const what = ['words: typo version 2', `deadline: ${deadline}`];
    expect([edit.note, edit.what]).to.deep.equal(['a typo', what]);
    // The others need no time for what they do meanwhile.
    const fast = { kind: 'short-code', country: 'US', opt_out_handling: 'own', segments_per_second: 100 };
    expect((await client('put', '/senders/28555', { body: fast })).status).to.equal(200);
  });

  it('tries two variants on a part, sends the better one to the rest, and keeps a holdout', async () => {
    for (const words of ['alpha', 'beta'])
      await team.words(words, `{brand}: {link:https://shop.fernway.example/} ${words}`);
    const variants = [
      { id: 'a', template: 'alpha', share: 50 },
      { id: 'b', template: 'beta', share: 50 },
    ];
    const bad = await team.draft('tried', {
      split: { variants: variants.map((variant) => ({ ...variant, share: 40 })) },
    });
    expect([bad.status, fieldsOf(bad)]).to.deep.equal([422, ['split.variants']]);
    const missing = await team.draft('tried', {
      split: {
        variants: variants.map((variant) => ({
          ...variant,
          template: variant.id === 'b' ? 'gamma' : 'alpha',
        })),
      },
    });
    expect([missing.status, fieldsOf(missing)]).to.deep.equal([422, ['split.variants.1.template']]);
    expect(missing.text).not.to.contain('gamma');
    const split = { variants, holdout: 25, test: { share: 50, waitMinutes: 30, by: 'click' } };
    const contacts = (await gateway.store.contacts.find().toArray()).map(({ _id }) => _id);
    const tried = idThatFills(split, contacts, ['a', 'b', 'holdout', null]);
    const test = { share: 50, wait_minutes: 30, by: 'click' };
    await team.draft(tried, { split: { variants, holdout: 25, test } });
    await team.post(tried, 'start');
    const group = (winner: string | null) => (contact: string) =>
      groupOf(split, winner, { campaign: tried, person: contact });
    await until('the test part of the campaign is planned', async () =>
      Boolean((await gateway.store.campaigns.findOne({ _id: tried }))?.plannedAt),
    );
    const first = await rows(tried);
    const turns = contacts.map((id) => [id, group(null)(id)]).filter(([, of]) => of !== null);
    expect(first.map((row) => [row.contact, row.variant]).sort()).to.deep.equal(turns.sort());
    const inFirst = (of: string) =>
      first.filter(({ variant }) => variant === of).map(({ contact }) => contact);
    for (const row of first.filter(({ variant }) => variant === 'holdout')) {
      expect([row.state, row.decision?.reasons]).to.deep.equal(['skipped', ['holdout']]);
    }
    await followLinks(gateway, tried, inFirst('b').slice(0, 1));
    // All of them clicked somewhere, as an event of another system says.
    for (const contact of inFirst('a')) {
      const event = { contact, type: 'click', at: new Date().toISOString() };
      expect((await client('post', '/events', { body: event })).status).to.equal(200);
    }
    // Half an hour goes by.
    await gateway.store.campaigns.updateOne(
      { _id: tried },
      { $set: { plannedAt: new Date(Date.now() - 1_800_000) } },
    );
    await team.reaches(tried, 'finished');
    expect((await team.show(tried)).split.winner.variant).to.equal('b');
    const all = contacts.map((id) => [id, group(null)(id) ?? group('b')(id)]);
    expect((await rows(tried)).map((row) => [row.contact, row.variant]).sort()).to.deep.equal(all.sort());
    // The variants can also be compared with a holdout, whose people cannot click.
    const clicks = await client('get', `/campaigns/${tried}/results`);
    const { groups } = clicks.body;
    const hits = groups.map(({ group: of, hits: many }: Record<string, unknown>) => [of, many]);
    expect(hits.sort()).to.deep.equal([
      ['a', 0],
      ['b', 1],
      ['holdout', 0],
    ]);
    expect(pairsOf(clicks.body)).to.deep.equal(['b-a']);
    const replies = await client('get', `/campaigns/${tried}/results`, { query: 'by=reply' });
    expect(pairsOf(replies.body)).to.deep.equal(['a-holdout', 'b-a', 'b-holdout']);
    // Whatever is asked, and although more people have got "b" since, the choice shows its own figures.
    const { decision } = replies.body;
    expect(decision).to.deep.include({ winner: 'b', by: 'click' });
    expect(
      decision.groups.map(({ group: of, people, hits: many }: Record<string, unknown>) => [of, people, many]),
    ).to.deep.equal([
      ['a', inFirst('a').length, 0],
      ['b', inFirst('b').length, 1],
    ]);
    const [, won] = decision.groups;
    expect(won.rate).to.equal(1 / inFirst('b').length);
    expect([won.low < won.rate, won.high >= won.rate]).to.deep.equal([true, true]);
    expect(groups.find(({ group: of }: { group: string }) => of === 'b').people).to.be.above(won.people);
    const texted = [...(await got('alpha')), ...(await got('beta'))];
    expect(new Set(texted).size).to.equal(texted.length);
    expect(texted.length).to.equal(all.filter(([, of]) => of !== 'holdout').length);
  });

  it('is resent to those who missed it, and never to those who got it or opted out', async () => {
    const fails = [1, 2, 3].map((at) => ({
      match: { number: person(at) },
      on: 'create',
      effect: { kind: 'errorCallback', code: 30003 },
    }));
    await gateway.sim('PUT', '/sim/behaviours', fails);
    await team.words('missed', '{brand}: missed');
    await team.draft('holes', { template: 'missed' });
    await team.post('holes', 'start');
    const early = await team.post('holes', 'missed', { id: 'holes-2' });
    expect(early.status).to.equal(409);
    await team.reaches('holes', 'finished');
    await until(
      'the delivery reports of the three failed messages are recorded',
      async () => (await team.show('holes')).progress.messages.undelivered === 3,
    );
    await gateway.sim('PUT', '/sim/behaviours', []);
    await gateway.text(person(3), 'STOP');
    const draft = await team.post('holes', 'missed', { id: 'holes-2' });
    expect(draft.body).to.deep.include({ id: 'holes-2', state: 'draft', missed_of: 'holes' });
    await team.post('holes-2', 'start');
    await team.reaches('holes-2', 'finished');
    const texted = async () => (await got('missed')).length;
    await until('the resend is on the handsets', async () => (await texted()) === PEOPLE - 1);
    const states = (await rows('holes-2')).map((row) => row.decision?.reasons ?? []).sort();
    expect(states).to.deep.equal([[], [], ['opted-out', 'not-subscribed']]);
    // A person who got the second no longer counts as having missed the first.
    await team.post('holes', 'missed', { id: 'holes-3' });
    await team.post('holes-3', 'start');
    await team.reaches('holes-3', 'finished');
    expect((await team.show('holes-3')).progress).to.deep.include({ people: 1 });
  });

  it('counts as a resend only those who missed the original, and finishes when nobody is left', async () => {
    const fails = {
      match: { number: person(1) },
      on: 'create',
      effect: { kind: 'errorCallback', code: 30003 },
    };
    await gateway.sim('PUT', '/sim/behaviours', [fails]);
    await team.words('gap', '{brand}: gap');
    await team.draft('gap', { template: 'gap' });
    await team.post('gap', 'start');
    await team.reaches('gap', 'finished');
    await until(
      'the delivery report of the failed message is recorded',
      async () => (await team.show('gap')).progress.messages.undelivered === 1,
    );
    await gateway.sim('PUT', '/sim/behaviours', []);
    await team.post('gap', 'missed', { id: 'gap-2' });
    const told = async (id: string) => {
      const { when } = (await team.post(id, 'preview')).body;
      const { estimate } = (await client('get', `/campaigns/${id}/cost`)).body;
      return [when.people.people, when.going.people, estimate.going.people, estimate.parts.parts];
    };
    expect(await told('gap-2')).to.deep.equal([1, 1, 1, 1]);
    const other = await team.draft('gap-2', { template: 'gap', segment: { kind: 'everyone' } });
    expect([other.status, fieldsOf(other)]).to.deep.equal([422, ['segment']]);
    expect((await team.draft('gap-2', { template: 'gap', name: 'again' })).status).to.equal(200);
    await team.post('gap-2', 'start');
    await team.reaches('gap-2', 'finished');
    await team.post('gap', 'missed', { id: 'gap-3' });
    expect(await told('gap-3')).to.deep.equal([0, 0, 0, 0]);
    const nobody = await team.post('gap-3', 'start');
    expect([nobody.status, nobody.body.detail]).to.deep.equal([
      409,
      'Nobody is left who missed it: these people have got it since, may have got it, were held out, or are no longer contacts. Cancel it. For messages with an unknown outcome: POST /campaigns/gap/missed with "include_unknown".',
    ]);
    await team.post('gap-3', 'cancel');
    await team.post('gap', 'missed', { id: 'gap-4', include_unknown: true });
    expect((await team.post('gap-4', 'start')).body.detail).to.equal(
      'Nobody is left who missed it: these people have got it since, were held out, or are no longer contacts. Cancel it.',
    );
  });

  it('cannot be resent when nobody fits, or when it was canceled before it went', async () => {
    await team.draft('empty', { segment: { kind: 'list', oneOf: ['no-such-list'] } });
    const empty = await team.post('empty', 'start');
    expect([empty.status, fieldsOf(empty)]).to.deep.equal([422, ['segment']]);
    expect((await team.post('empty', 'cancel')).status).to.equal(200);
    expect((await team.post('empty', 'cancel')).status).to.equal(409);
  });
});
