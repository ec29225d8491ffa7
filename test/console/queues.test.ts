import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

const ANA = '+15551230001';
const BEN = '+15551230002';
const HTML = '<script>alert(1)</script> <%= 7 * 7 %> maybe fewer of these texts please';

/** Where the first row of a queue leads. */
const firstDoor = (html: string, queue: string): string =>
  new RegExp(`href="(/console/${queue}/[^"]+)"`).exec(html)?.[1] ?? `no door into ${queue}`;
const readUntil = (html: string): string => /name="read_until" value="([^"]*)"/.exec(html)?.[1] ?? '';

describe('The queues of the console', () => {
  let gateway: Gateway;
  let support: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    support = await signedIn(gateway.url, 'support');
    await gateway.text(ANA, 'JOIN');
    await gateway.text(ANA, 'YES');
  });
  after(() => gateway.stop());

  it('says that nothing waits, where nothing waits', async () => {
    expect((await support.get('/console/holds')).html).to.include('No text waits for a decision.');
    expect((await support.get('/console/inbox')).html).to.include('Nobody waits for an answer.');
  });

  it('shows the words of a hold to support, never to read-only, and runs none of them', async () => {
    await gateway.text(ANA, 'you text me too much');
    const { html } = await support.get(firstDoor((await support.get('/console/holds')).html, 'holds'));
    expect(html)
      .to.include('you text me too much')
      .and.match(/Perhaps an opt-out \(\d of 10\): becomes one in \d days(?: \d+ h)?\./)
      .and.match(/Decide within \d days(?: \d+ h)?, until [^<]+: else it counts as an opt-out\./);
    expect(html).to.include('1 of 1');
    const readOnly = await signedIn(gateway.url, 'read-only');
    const door = firstDoor((await readOnly.get('/console/holds')).html, 'holds');
    const seen = await readOnly.get(door);
    expect(seen.html).to.include('Your role does not read the words of people.').and.not.include('too much');
    expect((await readOnly.post(door, { decision: 'opt-out' })).status).to.equal(403);
  });

  it('shows our messages and the texts before the one in question, with their states, and says so in the audit', async () => {
    const door = firstDoor((await support.get('/console/holds')).html, 'holds');
    const readings = () => gateway.store.auditEntries.countDocuments({ act: 'held-words-read' });
    const before = await readings();
    const { html } = await support.get(door);
    expect(await readings()).to.equal(before + 1);
    const said = html.slice(html.indexOf('id="said"'), html.indexOf('</ol>', html.indexOf('id="said"')));
    expect(said.match(/<li class="said/g)).to.have.length(5);
    expect(said.indexOf('earlier')).to.be.below(said.indexOf('you text me too much'));
    expect(said)
      .to.include('>YES</p>')
      .and.include('Delivered')
      .and.match(/<a href="\/console\/sent\/[\w-]+">We /);
    const readOnly = await signedIn(gateway.url, 'read-only');
    expect((await readOnly.get(door)).html).to.not.include('>YES</p>');
  });

  it('asks for a decision, and for a reason of a release, and keeps what was typed', async () => {
    const door = firstDoor((await support.get('/console/holds')).html, 'holds');
    const { html } = await support.get(door);
    const undecided = await support.post(door, { reason: 'half typed' });
    expect(undecided.status).to.equal(422);
    expect(undecided.html).to.include('Choose whether it was an opt-out.').and.include('half typed');
    expect(undecided.html).to.include('<title>Error: Hold');
    const wrong = await support.post(door, {
      decision: 'release',
      wrong_number: 'yes',
      reason: 'they mean the hour',
      read_until: readUntil(html),
    });
    expect(wrong.status).to.equal(422);
    expect(wrong.html)
      .to.include('A person we do not mean gets no more texts.')
      .and.match(/id="wrong_number"[^>]*checked[^>]*aria-invalid="true"/)
      .and.include('value="they mean the hour"');
    const bare = await support.post(door, { decision: 'release', read_until: readUntil(html) });
    expect(bare.status).to.equal(422);
    expect(bare.html).to.include('Say in a few words why it was no opt-out');
  });

  it('lets the first of two people decide a hold, and tells the second who was first', async () => {
    const compliance = await signedIn(gateway.url, 'compliance');
    const door = firstDoor((await support.get('/console/holds')).html, 'holds');
    const [mine, theirs] = [await support.get(door), await compliance.get(door)];
    const release = { decision: 'release', reason: 'a complaint about the hour' };
    const first = await support.post(door, { ...release, read_until: readUntil(mine.html) });
    expect(first).to.include({ status: 303, location: '/console/holds' });
    expect((await support.follow(first)).html).to.include(
      'Released: texts may go to them again. That was the last hold.',
    );
    const second = await compliance.post(door, { decision: 'opt-out', read_until: readUntil(theirs.html) });
    expect(second.status).to.equal(409);
    expect(second.html)
      .to.include('Somebody else was first: nothing was changed by you.')
      .and.match(/Rosa Iglesias decided at [^<]+ that it was no opt-out\./)
      .and.not.include('staff:support');
    expect((await support.get('/console/holds')).html).to.not.include('That was the last hold.');
  });

  it('opts out by a decision, and goes on to the next hold', async () => {
    await gateway.text(ANA, 'you text me too much');
    await gateway.text(BEN, 'JOIN');
    await gateway.text(BEN, 'YES');
    await gateway.text(BEN, 'you text me too much');
    const door = firstDoor((await support.get('/console/holds')).html, 'holds');
    const { html } = await support.get(door);
    const decided = await support.post(door, { decision: 'opt-out', read_until: readUntil(html) });
    expect(decided.location)
      .to.match(/^\/console\/holds\/./)
      .and.not.equal(door);
    const next = await support.follow(decided);
    expect(next.html)
      .to.include('Opted out. At most one text confirms it; nothing more is sent.')
      .and.include('1 of 1');
    const act = await gateway.store.auditEntries.findOne({
      ...{ act: 'hold-decided', 'details.decision': 'opt-out' },
    });
    expect(act?.reason, 'the words of nobody').to.equal(null);
    const opted = await gateway.store.suppressions.find({ kind: 'opt-out' }).toArray();
    expect(opted).to.have.length(1);
  });

  it('answers an item of the inbox, once for a double press', async () => {
    await gateway.text(BEN, `${HTML}?`);
    await gateway.text('+15551230009', 'when do you open on sunday and do you have the blue coat');
    const { html: queue } = await support.get('/console/inbox');
    expect(queue).to.match(/(1 person waits|\d+ people wait) for an answer, (the first )?for \d+ min\./);
    const door = firstDoor(queue, 'inbox');
    const { html } = await support.get(door);
    expect(html).to.not.include('<script>alert');
    const empty = await support.post(`${door}/answer`, { text: ' ', read_until: readUntil(html) });
    expect(empty.status).to.equal(422);
    expect(empty.html).to.include('Write an answer.');
    const form = { text: 'Fernway: we open at 10 on Sundays.', read_until: readUntil(html) };
    const [once, twice] = [
      await support.post(`${door}/answer`, form),
      await support.post(`${door}/answer`, form),
    ];
    expect([once.status, twice.status]).to.deep.equal([303, 303]);
    const answers = await gateway.store.deliveries.countDocuments({ class: 'staff-answer' });
    expect(answers).to.equal(1);
  });

  it('says which item comes first, how long it may be answered and what it is about, without its words', async () => {
    await gateway.text('+15551230012', 'which of the blue coats do you still have in size nine');
    await gateway.text('+15551230011', 'my lawyer will call you about this coat tomorrow at noon');
    const { html } = await support.get('/console/inbox');
    expect(html)
      .to.match(/\d+ people wait for an answer: 1 alarm first; the oldest waits for \d+ min\./)
      .and.include('Answer the first alarm')
      .and.include('May be answered until')
      .and.match(/2[34] hours/)
      .and.include('No rule read it.')
      .and.not.include('lawyer will call');
    const item = await support.get(firstDoor(html, 'inbox'));
    expect(item.html)
      .to.include('show it to compliance before you answer')
      .and.include('<span class="is-note">');
  });

  it('offers no button for an answer or a decision to a role that may do neither', async () => {
    const readOnly = await signedIn(gateway.url, 'read-only');
    const inbox = await readOnly.get('/console/inbox');
    expect(inbox.html).to.include('Support answers.').and.not.include('btn main');
    const holds = await readOnly.get('/console/holds');
    expect(holds.html).to.include('Fernway Deals · English').and.not.include('Decide the first');
    expect((await support.get('/console/holds')).html).to.include('Decide the first');
  });

  it('closes an item, and refuses who may not', async () => {
    await gateway.text('+15551230010', 'do you deliver to the moon or only to mars these days');
    const door = firstDoor((await support.get('/console/inbox')).html, 'inbox');
    const marketer = await signedIn(gateway.url, 'marketer');
    expect((await marketer.get(door)).status).to.equal(403);
    const { html } = await support.get(door);
    for (const way of ['close', 'opt-out']) {
      const bare = await support.post(`${door}/${way}`, { reason: ' a', read_until: readUntil(html) });
      expect(bare.status, way).to.equal(422);
      expect(bare.html, way)
        .to.include('<title>Error: Inbox')
        .and.include('Say why in a few words: it stays on record.')
        .and.match(/id="reason"[^>]*value=" ?a"[^>]*aria-invalid="true"/);
    }
    const marked = await support.post(`${door}/close`, {
      reason: 'a joke',
      wrong_number: 'yes',
      read_until: readUntil(html),
    });
    expect(marked.status).to.equal(422);
    expect(marked.html).to.include('Opt them out, or take the mark away.');
    const closed = await support.post(`${door}/close`, { reason: 'a joke', read_until: readUntil(html) });
    expect(closed.status).to.equal(303);
    expect((await support.get(door)).html).to.match(/Rosa Iglesias closed it at [^<]+\./);
    const [item] = await gateway.store.inbound.find({ 'ended.how': 'close' }).toArray();
    expect(item?.ended?.by).to.equal('staff:support');
  });

  it('says that an unknown hold or item is over, and reads no forged id', async () => {
    for (const path of [
      '/console/holds/000000000000000000000000.1',
      '/console/holds/x',
      '/console/inbox/SM1',
    ]) {
      expect((await support.get(path)).status, path).to.equal(404);
    }
    expect((await support.get('/console/inbox/%24ne')).status).to.equal(303);
  });
});
