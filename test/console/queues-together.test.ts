import { expect } from 'chai';
import { MINUTE_MS } from '../../src/domain/durations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, type PageAnswer, signedIn } from './client.ts';

const MUCH = 'you text me too much';
const ASK = 'when do you open on sunday and do you have the blue coat';

const firstDoor = (html: string, queue: string): string =>
  new RegExp(`href="(/console/${queue}/[^"]+)"`).exec(html)?.[1] ?? `no door into ${queue}`;
const hidden = ({ html }: PageAnswer, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';

describe('Two people at one queue', () => {
  let gateway: Gateway;
  let rosa: ConsoleClient;
  let sam: ConsoleClient;
  let ada: ConsoleClient;
  let ahead = 0;
  let people = 0;
  before(async () => {
    const now = (): Date => new Date(Date.now() + ahead);
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' }, now });
    rosa = await signedIn(gateway.url, 'support');
    sam = await signedIn(gateway.url, 'compliance');
    ada = await signedIn(gateway.url, 'admin');
  });
  after(() => gateway.stop());

  /** A new person writes; the page of the queue on which this person is the only one. */
  async function doorOf(queue: 'holds' | 'inbox', words: string): Promise<{ door: string; phone: string }> {
    people += 1;
    const phone = `+155512370${String(people).padStart(2, '0')}`;
    if (queue === 'holds') {
      await gateway.text(phone, 'JOIN');
      await gateway.text(phone, 'YES');
    }
    await gateway.text(phone, words);
    return { door: firstDoor((await rosa.get(`/console/${queue}`)).html, queue), phone };
  }

  it('lets one of two decisions at one moment win, and keeps what the other typed', async () => {
    const { door } = await doorOf('holds', MUCH);
    const [mine, theirs] = [await rosa.get(door), await sam.get(door)];
    const answers = await Promise.all([
      rosa.post(door, {
        decision: 'release',
        reason: 'they mean the hour',
        read_until: hidden(mine, 'read_until'),
      }),
      sam.post(door, {
        decision: 'opt-out',
        reason: 'they want out',
        read_until: hidden(theirs, 'read_until'),
      }),
    ]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([303, 409]);
    const late = answers.find(({ status }) => status === 409);
    const [winner, typed] =
      answers[0]?.status === 303
        ? ['Rosa Iglesias decided', 'they want out']
        : ['Sam Lindqvist decided', 'they mean the hour'];
    expect(late?.html).to.include(winner).and.include(typed);
    const decisions = await gateway.store.consentEvents.countDocuments({
      actor: { $in: ['staff:support', 'staff:compliance'] },
    });
    expect(decisions).to.equal(1);
  });

  it('says who else looks at a hold, for five minutes, and never because of somebody who cannot decide', async () => {
    const { door } = await doorOf('holds', MUCH);
    const reader = await signedIn(gateway.url, 'read-only');
    await reader.get(door);
    const alone = await rosa.get(door);
    expect(alone.html).to.not.include('has been looking at this');
    const warned = 'Rosa Iglesias has been looking at this for 1 min. Whoever saves first decides.';
    expect((await sam.get(door)).html).to.include(warned);
    ahead += 4 * MINUTE_MS;
    await rosa.get(door);
    ahead += 4 * MINUTE_MS;
    expect((await sam.get(door)).html).to.include('Rosa Iglesias has been looking at this for 8 min.');
    ahead += 6 * MINUTE_MS;
    expect((await sam.get(door)).html).to.not.include('has been looking at this');
    await rosa.post(door, { decision: 'opt-out', read_until: hidden(alone, 'read_until') });
  });

  it('shows a text that came while an answer was typed, keeps the answer, and sends it after that', async () => {
    const { door, phone } = await doorOf('inbox', ASK);
    const page = await rosa.get(door);
    await gateway.text(phone, 'and do you have it in the size of an elephant');
    const text = 'Fernway: at 10.\r\nThe coat is here.';
    const first = await rosa.post(`${door}/answer`, { text, read_until: hidden(page, 'read_until') });
    expect(first.status).to.equal(409);
    expect(first.html)
      .to.include('They wrote again while you typed, and nothing was done.')
      .and.include('The coat is here.')
      .and.match(/<li class="said theirs new">[\s\S]*elephant/);
    expect(await gateway.store.deliveries.countDocuments({ class: 'staff-answer' })).to.equal(0);
    const second = await rosa.post(`${door}/answer`, { text, read_until: hidden(first, 'read_until') });
    expect(second.status).to.equal(303);
    const [item] = await gateway.store.inbound.find({ 'ended.how': 'answer' }).toArray();
    expect(item?.ended?.by).to.equal('staff:support');
  });

  it('tells the second of two who answer who was first, and keeps the words of the second', async () => {
    const { door } = await doorOf('inbox', ASK);
    const [mine, theirs] = [await rosa.get(door), await ada.get(door)];
    const close = await ada.post(`${door}/close`, {
      read_until: hidden(theirs, 'read_until'),
      reason: 'answered by phone',
    });
    expect(close.status).to.equal(303);
    const text = 'Fernway: a long answer that took an hour to write.';
    const late = await rosa.post(`${door}/answer`, { text, read_until: hidden(mine, 'read_until') });
    expect(late.status).to.equal(409);
    expect(late.html)
      .to.include('Somebody else was first: nothing was sent or changed by you.')
      .and.match(/Ada Brandt closed it at [^<]+\./)
      .and.include('took an hour to write');
  });

  it('goes on to the item after the one that was decided, not back to one that was left', async () => {
    const texts = ['holds', 'holds', 'holds'] as const;
    for (const queue of texts) await doorOf(queue, MUCH);
    const { html } = await rosa.get('/console/holds');
    const doors = [...html.matchAll(/<th scope="row"><a href="([^"]+)"/g)].map(([, door = '']) => door);
    expect(doors).to.have.length(3);
    const [first = '', second = '', third = ''] = doors;
    const page = await rosa.get(second);
    const form = { decision: 'opt-out', read_until: hidden(page, 'read_until'), next: hidden(page, 'next') };
    expect((await rosa.post(second, form)).location).to.equal(third);
    const last = await rosa.get(third);
    const rest = { decision: 'opt-out', read_until: hidden(last, 'read_until'), next: hidden(last, 'next') };
    expect((await rosa.post(third, rest)).location).to.equal(first);
  });

  it('says that the time for an answer is over, and asks for none then', async () => {
    const { door } = await doorOf('inbox', ASK);
    expect((await rosa.get(door)).html).to.match(
      /Waits for 1 min; may be answered until [^<]+ E[SD]T \(in 23 hours(?: \d+ min)?\)\./,
    );
    ahead += 24 * 60 * MINUTE_MS;
    const late = await rosa.get(door);
    expect(late.html)
      .to.match(/Waits for 1 d 0 h; the 24 hours for an answer ended at [^<]+\./)
      .and.include('You can close it or opt them out. An answer is possible again as soon as they write.')
      .and.not.include('Send and go on');
  });

  it('counts the 24 hours of a listed item from the newest text of the person', async () => {
    const { phone } = await doorOf('inbox', ASK);
    const row = async (): Promise<string> => {
      const { html } = await rosa.get('/console/inbox');
      return html.split('<tr>').find((part) => part.includes(`ending ${phone.slice(-4)}`)) ?? 'no such row';
    };
    const door = firstDoor(await row(), 'inbox');
    ahead += 23 * 60 * MINUTE_MS;
    expect(await row()).to.not.include('24 h over');
    ahead += 60 * MINUTE_MS;
    expect(await row()).to.include('24 h over');
    await gateway.text(phone, ASK);
    expect(await row()).to.not.include('24 h over');
    expect((await rosa.get(door)).html)
      .to.include('may be answered until')
      .and.include('Send and go on');
  });
});
