import { expect } from 'chai';
import type { AppContext } from '../../src/consent/app-context.ts';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { type ImportRow, saveMany } from '../../src/contacts/bulk-import.ts';
import { recordContactEvent } from '../../src/contacts/events.ts';
import type { SaveRequest } from '../../src/contacts/profiles.ts';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import type { Store } from '../../src/store/store.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const CALLER = { actor: { kind: 'key' as const, id: 'k' }, tries: null };

describe('saving profiles and events', () => {
  let gateway: Gateway;
  let context: AppContext;
  let close: () => Promise<void>;
  before(async () => {
    gateway = await startGateway({ worker: false });
    const database = gateway.store.db.databaseName;
    ({ context, close } = await openContext({ ...gateway.config, database }, createLog('silent', 'web')));
  });
  after(async () => {
    await close();
    await gateway.stop();
  });

  const numberOf = (at: number): string => `+1555134${String(at).padStart(4, '0')}`;
  const told = (at: number, changes: SaveRequest['changes']): SaveRequest => ({
    ...{ number: numberOf(at), changes, source: 'key test' },
  });

  /** A context with some methods of the contacts collection replaced. */
  const contextWith = (other: Partial<Store['contacts']>): AppContext => {
    const { contacts } = context.store;
    const handler = {
      get: (target: Store['contacts'], name: keyof Store['contacts']) => {
        const found = other[name] ?? target[name];
        return typeof found === 'function' ? found.bind(target) : found;
      },
    };
    return { ...context, store: { ...context.store, contacts: new Proxy(contacts, handler) } };
  };

  it('reads no further line while a batch is written', async () => {
    let taken = 0;
    async function* rows(): AsyncGenerator<ImportRow> {
      for (let at = 0; at < 1100; at += 1) {
        taken += 1;
        yield { line: at + 1, bytes: 50, request: told(at, { stage: 'lead' }) };
      }
    }
    const writes: { taken: number; release: () => void }[] = [];
    const { contacts } = context.store;
    const bulkWrite = async (...args: Parameters<typeof contacts.bulkWrite>) => {
      await new Promise<void>((release) => writes.push({ taken, release }));
      return contacts.bulkWrite(...args);
    };
    const done = saveMany(contextWith({ bulkWrite }), rows(), CALLER);
    for (const at of [0, 1, 2]) {
      await until('the batch is about to be written', async () => writes.length === at + 1);
      writes[at]?.release();
    }
    expect(await done).to.deep.include({ lines: 1100, created: 1100, refused: 0 });
    expect(writes.map((write) => write.taken)).to.deep.equal([500, 1000, 1100]);
  });

  it('writes a batch of long lines before it grows large', async () => {
    let most = 0;
    let held = 0;
    async function* rows(): AsyncGenerator<ImportRow> {
      for (let at = 0; at < 30; at += 1) {
        held += 1;
        most = Math.max(most, held);
        yield { line: at + 1, bytes: 1024 * 1024, request: told(at, {}) };
      }
    }
    const { contacts } = context.store;
    const find: Store['contacts']['find'] = (...args: never[]) => {
      held = 0;
      return (contacts.find as (...all: never[]) => never)(...args);
    };
    expect((await saveMany(contextWith({ find }), rows(), CALLER)).unchanged).to.equal(30);
    expect(most).to.equal(4);
  });

  it('creates contacts whose empty ledgers verify', async () => {
    const keys = { keyRing: context.ring, ledgerKeys: context.ledgerKeys, blindIndexKeys: [] };
    const report = await verifyLedger(context.store, keys, () => undefined);
    expect(report.chains).to.be.greaterThan(1000);
    expect([report.faults, report.strays]).to.deep.equal([[], []]);
  });

  it('stores neither event nor count when it dies between the two, and both on a repeated post', async () => {
    const number = numberOf(1);
    const event = { who: { number }, type: 'purchase', at: new Date(), amount: 5, id: 'order-1' };
    const dying = contextWith({ updateOne: () => Promise.reject(new Error('the process died')) });
    const failed = await recordContactEvent(dying, event).catch((error: Error) => error.message);
    expect(failed).to.equal('the process died');
    expect(await context.store.events.countDocuments()).to.equal(0);
    expect(await recordContactEvent(context, event)).to.include({ kind: 'recorded' });
    expect(await recordContactEvent(context, event)).to.include({ kind: 'again' });
    const contact = await context.store.contacts.findOne({ index: context.indexOf(number) });
    expect(contact?.profile?.days.map(({ count, sum }) => [count, sum])).to.deep.equal([[1, 5]]);
  });

  it('writes nothing for a person who is erased at that moment', async () => {
    const { contacts } = context.store;
    const index = context.indexOf(numberOf(3));
    const erased = { sealed: null, 'keys.profile': null };
    const bulkWrite = async (...args: Parameters<typeof contacts.bulkWrite>) => {
      await contacts.updateOne({ index }, { $set: erased, $unset: { profile: '' } });
      return contacts.bulkWrite(...args);
    };
    async function* rows(): AsyncGenerator<ImportRow> {
      const changes = { stage: 'churned', first_name: 'Ana' };
      yield { line: 1, bytes: 50, request: told(3, changes) };
    }
    expect(await saveMany(contextWith({ bulkWrite }), rows(), CALLER)).to.include({
      updated: 0,
      refused_unnamed: 1,
    });
    const contact = await contacts.findOne({ index });
    expect([contact?.profile, contact?.profileSealed]).to.deep.equal([undefined, null]);
  });

  it('gives up and says so when another writer is always first', async () => {
    const { contacts } = context.store;
    const bulkWrite = async (...args: Parameters<typeof contacts.bulkWrite>) => {
      await contacts.updateOne({ index: context.indexOf(numberOf(2)) }, { $inc: { profileRev: 1 } });
      return contacts.bulkWrite(...args);
    };
    async function* rows(): AsyncGenerator<ImportRow> {
      yield { line: 1, bytes: 50, request: told(2, { stage: 'churned' }) };
    }
    const failed = await saveMany(contextWith({ bulkWrite }), rows(), CALLER).catch(
      (error: Error) => error.name,
    );
    expect(failed).to.equal('StaleRead');
    const contact = await contacts.findOne({ index: context.indexOf(numberOf(2)) });
    expect(contact?.profile?.stage?.name).to.equal('lead');
  });
});
