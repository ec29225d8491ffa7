import { expect } from 'chai';
import { editCampaign } from '../../../src/campaigns/edit.ts';
import { steerCampaign } from '../../../src/campaigns/steer.ts';
import type { Split } from '../../../src/domain/campaigns/split.ts';
import { countCodes, insertCodes } from '../../../src/store/campaigns/coupon-codes.ts';
import { writeCouponPool } from '../../../src/store/campaigns/coupon-pools.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/campaigns/message-templates.ts';
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
  const edit = (id: string) =>
    editCampaign(rig.desks[0], id, { words: true, by: 'a key', note: 'new words' }).then(
      () => 'edited',
      (error: Error) => error.message,
    );
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
      if (at === null) await rig.planned(id);
      await steerCampaign(rig.desks[0], id, 'pause');
      await say('d', CODED);
      const { free, claimed } = await countCodes(rig.store, 'late');
      expect(claimed > 0, id).to.equal(at === null);
      // Of whoever has none yet.
      const more = at === null ? `, of whom up to ${MOST} get one` : '';
      expect(await edit(id)).to.equal(
        `The coupon pool "late" has ${free} codes left, and the audience 60 people${more}. Add codes: POST /coupon-pools/late/codes.`,
      );
    }
    await add('late', MOST, PEOPLE + MOST);
    expect(await edit('planned')).to.equal('edited');
  });
});
