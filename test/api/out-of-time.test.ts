import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { answerResume } from '../../src/api/campaign-lifecycle.ts';
import { listCampaigns, showCampaign, showProgress, steer } from '../../src/api/campaigns.ts';
import { listPools, putPool, showPool } from '../../src/api/coupon-pools.ts';
import { INBOX_REPORT_ROUTE } from '../../src/api/inbox.ts';
import { programBody, programOf } from '../../src/api/programs.ts';
import { SUPPRESSION_ROUTE } from '../../src/api/suppressions.ts';
import { shortPool } from '../../src/campaigns/coupon-demand.ts';
import { ROOT } from '../../src/config.ts';
import { readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import { counted } from '../../src/domain/statistics.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { findCampaign, writeDraft } from '../../src/store/campaigns/campaigns.ts';
import { findCouponPool, writeCouponPool } from '../../src/store/templates/coupons.ts';
import { draftToEveryone } from '../campaigns/draft-to-everyone.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { newClient } from './client.ts';

const DRAFT = draftToEveryone('spring', { template: 'spring' });

/** A collection that needs longer for every question than it is given. */
function slow<T extends object>(collection: T, ...methods: string[]): T {
  return new Proxy(collection, {
    get: (target, name) => {
      const found = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (filter: unknown, options?: { maxTimeMS?: number }) => {
        if (methods.includes(String(name)) && options?.maxTimeMS !== undefined)
          throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
        return found.call(target, filter, options);
      };
    },
  });
}

describe('a request that the database cannot answer in time', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  it('is answered with what to ask instead for a page of suppressions', async () => {
    const { context } = open;
    const suppressions = slow(context.store.suppressions, 'find');
    const call = { context: { ...context, store: { ...context.store, suppressions } }, query: { limit: 10 } };
    const refused = await SUPPRESSION_ROUTE.handle(call as never).catch((error: unknown) => error);
    expect(refused).to.deep.include({ kind: 'unavailable', status: 503 });
    expect(refused).to.have.nested.property('extras.next_step').that.contains('without a scope');
  });

  it('says so for a page of campaigns whose messages take too long to count', async () => {
    const { context } = open;
    await writeDraft(context.store, DRAFT, new Date());
    for (const [of, collection] of [
      ['deliveries', slow(context.store.deliveries, 'aggregate')],
      ['clicks', slow(context.store.clicks, 'aggregate')],
    ] as const) {
      const call = {
        context: { ...context, store: { ...context.store, [of]: collection } },
        query: { limit: 10 },
      };
      const refused = await listCampaigns(call as never).catch((error: unknown) => error);
      expect(refused, of).to.deep.include({ kind: 'unavailable', status: 503 });
      expect(refused).to.have.nested.property('extras.next_step').that.contains('for fewer');
    }
  });

  it('says so for one campaign, and for a change of it adds that the change was made', async () => {
    const { context } = open;
    const deliveries = slow(context.store.deliveries, 'aggregate');
    const asked = { key: { id: 'a key' }, params: { id: 'moved' }, body: { note: 'done' } };
    const call = { ...asked, context: { ...context, store: { ...context.store, deliveries } } };
    await writeDraft(context.store, { ...DRAFT, _id: 'moved' }, new Date());
    const found = { $set: { state: 'sending' as const } };
    await context.store.campaigns.updateOne({ _id: 'moved' }, found);
    for (const look of [showCampaign, showProgress]) {
      const refused = await look(call as never).catch((error: unknown) => error);
      expect(refused).to.deep.include({ kind: 'unavailable', status: 503 });
      expect(refused).to.have.nested.property('extras.next_step', 'Ask again when less is sent.');
    }
    for (const [move, state] of [
      [steer('pause'), 'paused'],
      [answerResume, 'scheduled'],
      [steer('cancel'), 'canceled'],
    ] as const) {
      const refused = await move(call as never).catch((error: unknown) => error);
      expect(refused).to.deep.include({ kind: 'unavailable', status: 503 });
      expect(refused)
        .to.have.property('detail')
        .that.contains(`was done, and the state of the campaign is "${state}"`);
      expect(refused)
        .to.have.nested.property('extras.next_step')
        .that.contains('Do not ask for the change again');
      expect((await findCampaign(context.store, 'moved'))?.state).to.equal(state);
    }
  });

  it('says so for coupon pools whose codes take too long to count, and counts few pools at once', async () => {
    const { context } = open;
    const at = new Date();
    for (let pool = 0; pool < 12; pool += 1)
      await writeCouponPool(context.store, { id: `pool-${pool}`, name: 'Pool' }, at);
    let [underWay, most] = [0, 0];
    const counting = new Proxy(context.store.couponCodes, {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        if (name !== 'countDocuments') return typeof found === 'function' ? found.bind(target) : found;
        return async (...asked: Parameters<typeof target.countDocuments>) => {
          underWay += 1;
          most = Math.max(most, underWay);
          return target.countDocuments(...asked).finally(() => {
            underWay -= 1;
          });
        };
      },
    });
    const callOn = (couponCodes: object) =>
      ({
        key: { id: 'a key' },
        context: { ...context, store: { ...context.store, couponCodes } },
        query: { limit: 100 },
        params: { id: 'pool-1' },
        body: { name: 'Renamed' },
      }) as never;
    expect((await listPools(callOn(counting))).items).to.have.lengthOf(12);
    expect(most).to.be.at.most(8);
    const late = callOn(slow(context.store.couponCodes, 'countDocuments'));
    for (const [ask, step] of [
      [listPools, 'for fewer'],
      [showPool, 'later'],
      [putPool, 'Do not ask for the change again'],
    ] as const) {
      const refused = await ask(late).catch((error: unknown) => error);
      expect(refused).to.deep.include({ kind: 'unavailable', status: 503 });
      expect(refused).to.have.nested.property('extras.next_step').that.contains(step);
    }
    expect((await findCouponPool(context.store, 'pool-1'))?.name).to.equal('Renamed');
  });

  it('says so for a start whose codes take too long to count, and for the inbox report', async () => {
    const { context } = open;
    const couponCodes = slow(context.store.couponCodes, 'countDocuments');
    const short = await shortPool(
      { ...context, store: { ...context.store, couponCodes } },
      new Map([['pool-1', 5]]),
      counted(5),
    ).catch((error: unknown) => error);
    expect(short).to.have.property('name', 'CountTimedOut');
    const inbound = slow(context.store.inbound, 'aggregate');
    const call = { context: { ...context, store: { ...context.store, inbound } } };
    const refused = await INBOX_REPORT_ROUTE.handle(call as never).catch((error: unknown) => error);
    expect(refused).to.deep.include({ kind: 'unavailable', status: 503 });
    expect(refused).to.have.nested.property('extras.next_step').that.contains('later');
  });

  it('says so for an age clause in a program whose ages cannot be counted', async () => {
    const { id, ...body } = (await (await newClient(gateway))('get', '/programs/deals')).body;
    const store = { ...open.context.store, contacts: slow(open.context.store.contacts, 'findOne') };
    const save = (minimum_age: number | null) => {
      const program = programOf(id, programBody.parse({ ...body, minimum_age }));
      return readTemplates(ROOT).then((templates) => saveProgram(store, templates, program, new Date()));
    };
    await save(null);
    const refused = await save(21).catch((error: unknown) => error);
    expect(refused).to.have.property('name', 'ProgramRefused');
    expect(String(refused)).to.match(/minimum_age: .*took longer than 10 s/);
  });
});
