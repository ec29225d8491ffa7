import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import { ACCOUNT, openBox, PERSON, SHORT_CODE } from './simulator-box.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;
const OTHER = '+15551230002';

describe('faults of reading messages at the simulated carrier', () => {
  let box: SimulatorBox;
  let sid: string;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    const created = await box.create({ To: PERSON, From: SHORT_CODE, Body: 'offer' });
    sid = ((await created.json()) as { sid: string }).sid;
  });

  const behave = (effect: object, match: object = { number: PERSON }) =>
    box.control('PUT', '/sim/behaviours', [{ match, on: 'read', effect }]);
  const reads = () => [
    `${MESSAGES}.json?To=${encodeURIComponent(PERSON)}`,
    `${MESSAGES}.json?From=${encodeURIComponent(PERSON)}`,
    `${MESSAGES}/${sid}.json`,
  ];
  const statuses = () => Promise.all(reads().map(async (path) => (await box.get(path)).status));

  const REFUSALS: [object, number][] = [
    [{ kind: 'http429' }, 429],
    [{ kind: 'http5xx' }, 503],
    [{ kind: 'http5xx', status: 500 }, 500],
    [{ kind: 'errorSync', code: 20003 }, 401],
    [{ kind: 'delay', ms: 1 }, 200],
  ];
  for (const [effect, status] of REFUSALS) {
    it(`answers ${status} to lists and fetches of one person on ${JSON.stringify(effect)}`, async () => {
      await behave(effect);

      expect(await statuses()).to.deep.equal([status, status, status]);
      expect((await box.get(`${MESSAGES}.json?To=${encodeURIComponent(OTHER)}`)).status).to.equal(200);
    });
  }

  it('never answers on hang', async () => {
    await behave({ kind: 'hang', ms: 20 });

    for (const path of reads()) {
      expect(await box.get(path).catch((error: Error) => error)).to.be.instanceOf(Error);
    }
  });

  it('knows no effect that would need a message to be made', async () => {
    expect((await behave({ kind: 'resetAfterAccept' })).status).to.equal(400);
    expect(await statuses()).to.deep.equal([200, 200, 200]);
  });
});
