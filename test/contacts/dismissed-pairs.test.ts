import { expect } from 'chai';
import { scanDuplicates } from '../../src/contacts/duplicates.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { dropCandidatesBy } from '../../src/store/contacts/duplicates.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const FREE = { most: 1000, goOn: () => true };
const CARD = { fields: { card: '17' } };

describe('a pair of candidates that somebody dismissed', () => {
  let gateway: Gateway;
  let api: Client;
  let open: OpenedContext;
  let used = 0;
  /** The number of one of the two. */
  let phone = '';
  before(async () => {
    gateway = await startGateway({ worker: false });
    api = await newClient(gateway);
    open = await contextOf(gateway);
    const body = { type: 'text', label: 'Card', identifies: 'person' };
    expect((await api('put', '/contact-fields/card', { body })).status).to.equal(200);
  });
  beforeEach(async () => {
    await gateway.store.contacts.deleteMany({});
    await gateway.store.mergeCandidates.deleteMany({});
    await api('post', '/contacts', { body: { phone: number(), ...ana, ...CARD } });
    phone = number();
    await tell(CARD);
    await scan();
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const ana = { first_name: 'Ana', last_name: 'Reyes', birth_date: '1990-02-28' };
  const number = (): string => `+1555178${String(used++).padStart(4, '0')}`;
  const tell = (body: object) => api('post', '/contacts', { body: { phone, ...body } });
  const scan = () => scanDuplicates(open.context, FREE);
  const listed = async (): Promise<{ id: string; score: number }[]> =>
    (await api('get', '/people/candidates')).body.items;
  const dismiss = async () => {
    const [{ id = '' } = {}] = await listed();
    const body = { reason: 'Mother and daughter.' };
    expect((await api('post', `/people/candidates/${id}/dismiss`, { body })).status).to.equal(200);
  };

  it('returns with new evidence that nobody knew of', async () => {
    await tell(ana);
    const { mergeCandidates } = gateway.store;
    let isSaid = false;
    const find = (...asked: Parameters<typeof mergeCandidates.find>) => ({
      toArray: async () => {
        const read = await mergeCandidates.find(...asked).toArray();
        if (!isSaid) await dismiss();
        isSaid = true;
        return read;
      },
    });
    const store = {
      ...gateway.store,
      mergeCandidates: Object.assign(Object.create(mergeCandidates), { find }),
    };
    await scanDuplicates({ ...open.context, store }, FREE);
    expect(isSaid).to.equal(true);
    expect((await listed()).map(({ score }) => score)).to.deep.equal([98]);
  });

  it('stays dismissed by the evidence of either time when it was dismissed twice', async () => {
    await dismiss();
    await tell({ ...ana, fields: { card: '18' } });
    await scan();
    await dismiss();
    await tell(CARD);
    await scan();
    expect(await listed()).to.deep.equal([]);
  });

  it('is dismissed again when it returned by a value that too many share, while undismissed pairs go', async () => {
    const { mergeCandidates } = gateway.store;
    const [pair] = await mergeCandidates.find({}).toArray();
    if (pair === undefined) throw new Error('there is no pair');
    const shared = { ...pair, marks: ['shared'] };
    const other = { contacts: ['c_1', 'c_2'] as const, _id: 'k_other' };
    await mergeCandidates.replaceOne({ _id: pair._id }, { ...shared, dismissed: ['17'] });
    await mergeCandidates.insertOne({ ...shared, ...other });
    const at = new Date();
    expect(await dropCandidatesBy(gateway.store, 'shared', at)).to.equal(2);
    const left = await mergeCandidates.find({}).toArray();
    expect(left).to.deep.equal([{ ...shared, dismissed: ['17'], state: 'dismissed', changedAt: at }]);
  });
});
