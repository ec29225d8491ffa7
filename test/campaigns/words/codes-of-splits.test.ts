import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { editCampaign } from '../../../src/campaigns/edit.ts';
import { steerCampaign } from '../../../src/campaigns/steer.ts';
import { codesAdded, codesFor } from '../../../src/campaigns/words/coupons.ts';
import type { Split } from '../../../src/domain/campaigns/split.ts';
import { countCodes, insertCodes } from '../../../src/store/campaigns/coupon-codes.ts';
import { writeCouponPool } from '../../../src/store/campaigns/coupon-pools.ts';
import {
  findMessageTemplate,
  type MessageTemplateDoc,
  writeMessageTemplate,
} from '../../../src/store/campaigns/message-templates.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const PEOPLE = 60;
/** Of a half of them, with what is to spare. */
const MOST = 46;

describe('codes of a campaign that is split', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('156');
    rig.at('2026-12-01T12:00:00Z');
    await rig.many(PEOPLE);
    for (const id of ['a', 'b']) {
      await writeCouponPool(rig.store, { id, name: id }, rig.now());
      const texts = { en: `{brand}: your code {coupon:${id}}` };
      await writeMessageTemplate(rig.store, null, { _id: id, program: 'deals', texts }, rig.now());
      await add(id, 0, MOST - 1);
    }
  });
  after(() => rig.stop());

  const add = (pool: string, from: number, to: number) => {
    const codes = Array.from({ length: to - from }, (_, at) => `${pool.toUpperCase()}-${from + at}`);
    return insertCodes(rig.store, pool, codes, rig.now());
  };
  const say = async (id: string, en: string) => {
    const before = await findMessageTemplate(rig.store, id);
    await writeMessageTemplate(rig.store, before, { _id: id, program: 'deals', texts: { en } }, rig.now());
  };
  const CODED = '{brand}: your code {coupon:late}';
  const edit = (id: string, desk = rig.desks[0]) =>
    editCampaign(desk, id, { words: true, by: 'a key', note: 'new words' }).then(
      () => 'edited',
      (error: Error) => error.message,
    );
  /** Its database takes too long over the first question about all rows of a campaign. */
  const slowDesk = () => {
    let asked = 0;
    const tooLong = () => new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    const failing = { toArray: () => Promise.reject(tooLong()) };
    const deliveries = new Proxy(rig.store.deliveries, {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        if (name === 'aggregate' && asked++ === 0) return () => failing;
        return found.bind(target);
      },
    });
    return { ...rig.desks[0], store: { ...rig.store, deliveries } };
  };
  const variants = ['a', 'b'].map((id) => ({ id, template: id, share: 50 }));
  const halves: Split = { variants, holdout: 0, test: null };
  const start = (id: string, split: Split, template = 'offer') =>
    rig.start(id, { at: new Date('2026-12-02T12:00:00Z') }, { split, template }).then(
      ({ state }) => state,
      (error: Error) => error.message,
    );
  const short = (more: string) =>
    `The coupon pool "a" has ${MOST - 1} codes left, and the audience 60 people${more}. Add codes: POST /coupon-pools/a/codes.`;

  it('are asked for by the share of whom each wording goes to, and of no other words', async () => {
    expect(await start('few', halves, 'a')).to.equal(short(`, of whom up to ${MOST} get one`));
    expect(await start('less', { ...halves, holdout: 50 })).to.equal('scheduled');
    for (const id of ['a', 'b']) await add(id, MOST - 1, MOST);
    expect(await start('enough', halves, 'a')).to.equal('scheduled');
  });

  it('are asked for by everybody where any wording may win, or both take codes of one pool', async () => {
    const test = { share: 20, waitMinutes: 60, by: 'reply' };
    expect(await start('test', { ...halves, test })).to.match(
      /"a" has 46 codes left, and the audience 60 people\. /,
    );
    const both = variants.map((one) => ({ ...one, template: 'a' }));
    expect(await start('both', { ...halves, variants: both })).to.match(/and the audience 60 people\. /);
  });

  it('are asked for again where an edit gives them to more people than had words with one', async () => {
    await writeCouponPool(rig.store, { id: 'late', name: 'Late' }, rig.now());
    await add('late', 0, MOST);
    const sides = ['c', 'd'].map((id) => ({ id, template: id, share: 50 }));
    await say('c', CODED);
    for (const id of ['unplanned', 'planned']) {
      await say('d', '{brand}: an offer');
      const at = id === 'planned' ? null : new Date('2026-12-02T12:00:00Z');
      await rig.start(id, { at }, { split: { ...halves, variants: sides }, template: 'offer' });
      const rows = at === null ? [...(await rig.planned(id)).values()] : [];
      await steerCampaign(rig.desks[0], id, 'pause');
      await say('d', CODED);
      const { free, claimed } = await countCodes(rig.store, 'late');
      expect(claimed > 0, id).to.equal(at === null);
      // Of whoever has none yet.
      const others = rows.filter(({ variant }) => variant === 'd').length;
      const more = at === null ? `, of whom up to ${others} get one` : '';
      expect(await edit(id)).to.equal(
        `The coupon pool "late" has ${free} codes left, and the audience 60 people${more}. Add codes: POST /coupon-pools/late/codes.`,
      );
    }
    // By which words could not be counted in time: then of everybody who is planned.
    const { free } = await countCodes(rig.store, 'late');
    expect(await edit('planned', slowDesk())).to.equal(
      `The coupon pool "late" has ${free} codes left, and the audience 60 people. Add codes: POST /coupon-pools/late/codes.`,
    );
    await add('late', MOST, PEOPLE + MOST);
    expect(await edit('planned', slowDesk())).to.equal('edited');
  });

  it('are asked for half-way of whoever has no message of it yet, not of those who got theirs', async () => {
    await writeCouponPool(rig.store, { id: 'half', name: 'half' }, rig.now());
    await say('g', '{brand}: an offer');
    await rig.start('half', {}, { template: 'g' });
    const [cursor = ''] = [...(await rig.planned('half')).keys()].sort().slice(PEOPLE - 3);
    await rig.rest();
    await steerCampaign(rig.desks[0], 'half', 'pause');
    await rig.store.deliveries.deleteMany({ campaign: 'half', contact: { $gt: cursor } });
    const left = {
      $set: { state: 'accepted' as const, acceptedAt: rig.now() },
      $unset: { open: '' as const },
    };
    await rig.store.deliveries.updateMany({ campaign: 'half' }, left);
    const begun = { 'plan.cursor': cursor, 'plan.complete': false };
    await rig.store.campaigns.updateOne({ _id: 'half' }, { $set: begun });
    await say('g', '{brand}: your code {coupon:half}');
    expect(await edit('half')).to.match(
      /^The coupon pool "half" has 0 codes left, and the audience 2 people\./,
    );
    await insertCodes(rig.store, 'half', ['H-1', 'H-2'], rig.now());
    expect(await edit('half')).to.equal('edited');
  });

  it('are asked for where an edit of a test gives the code of one wording to the other too', async () => {
    await writeCouponPool(rig.store, { id: 'moved', name: 'Moved' }, rig.now());
    const codes = Array.from({ length: PEOPLE }, (_, at) => `M-${at}`);
    await insertCodes(rig.store, 'moved', codes, rig.now());
    const moved = '{brand}: your code {coupon:moved}';
    await say('e', moved);
    await say('f', '{brand}: an offer');
    const sides = ['e', 'f'].map((id) => ({ id, template: id, share: 50 }));
    const test = { share: 100, waitMinutes: 600, by: 'reply' };
    await rig.start('tested', {}, { split: { variants: sides, holdout: 0, test }, template: 'offer' });
    const rows = await rig.planned('tested');
    await steerCampaign(rig.desks[0], 'tested', 'pause');
    await rig.store.couponCodes.deleteMany({ pool: 'moved', free: true });
    await say('f', moved);
    const more = [...rows.values()].filter(({ variant }) => variant === 'f').length;
    expect(await edit('tested')).to.equal(
      `The coupon pool "moved" has 0 codes left, and the audience 60 people, of whom up to ${more} get one. Add codes: POST /coupon-pools/moved/codes.`,
    );
    await insertCodes(
      rig.store,
      'moved',
      codes.slice(0, more).map((one) => `N${one}`),
      rig.now(),
    );
    expect(await edit('tested')).to.equal('edited');
  });
});

describe('codes that an edit asks for', () => {
  const words = (texts: MessageTemplateDoc['texts']) => ({
    template: { _id: 'x', program: 'deals', texts, version: 1, createdAt: new Date(), updatedAt: new Date() },
  });
  const [coded, plain] = ['code {coupon:late}', 'an offer'];
  const planned = [
    { language: 'en' as const, people: 500 },
    { language: 'es' as const, people: 300 },
  ];
  const asked = (before: MessageTemplateDoc['texts'], next: MessageTemplateDoc['texts']) =>
    codesAdded(words(before), words(next), undefined, { planned, unplanned: 0 }).get('late') ?? 0;
  const table: [before: MessageTemplateDoc['texts'], next: MessageTemplateDoc['texts'], codes: number][] = [
    [{ en: plain, es: coded }, { en: coded, es: plain }, 500],
    [{ en: plain, es: coded }, { en: 'another', es: coded }, 0],
    [{ en: coded, es: plain }, { en: coded }, 300],
    [{ en: plain, es: plain }, { en: plain, es: plain, fr: coded }, 800],
  ];
  it('are those of planned people whose text in their language had none', () => {
    for (const [before, next, codes] of table) expect(asked(before, next)).to.equal(codes);
  });

  it('are, of people that are not planned, as many as a start asks for: some are held out', () => {
    const [before, next] = [words({ en: plain }), words({ en: coded })];
    const split: Split = { variants: [{ id: 'x', template: 'x', share: 100 }], holdout: 50, test: null };
    const added = codesAdded(before, next, split, { planned: [], unplanned: 1000 });
    expect([...added]).to.deep.equal([...codesFor(next, split, 1000)]);
    expect(added.get('late')).to.equal(564);
  });
});
