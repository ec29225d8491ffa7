import { expect } from 'chai';
import { answerOf, findProgram, programAnswer } from '../../src/api/programs.ts';
import { ROOT } from '../../src/config.ts';
import { readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import type { Program } from '../../src/domain/program.ts';
import { programs, readPrograms } from '../../src/store/consent/programs.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { spied } from '../support/spied.ts';

const ANA = '+15551700001';

describe('a program change that touches consent', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  it('is refused when it adds a minimum age while somebody confirmed without stating their age', async () => {
    const { store } = gateway;
    const templates = await readTemplates(ROOT);
    const deals = async (): Promise<Program> => findProgram(await readPrograms(store), 'deals');
    await gateway.text(ANA, 'JOIN');
    const model = spied(programs.model(store), 'replaceOne', () => gateway.text(ANA, 'YES'));
    const models = { ...store.connection.models, programs: model };
    const slow = { ...store, connection: Object.create(store.connection, { models: { value: models } }) };
    const raised = { ...(await deals()), minimumAge: 21 };
    const refused = await saveProgram(slow, templates, raised, new Date()).catch((error: unknown) => error);
    expect(refused).to.have.property('name', 'ProgramRefused');
    expect(String(refused)).to.contain('may never have stated');
    expect((await deals()).minimumAge).to.equal(null);
  });

  it('is refused when a topic is removed by one save and comes back with another purpose in the next', async () => {
    const { store } = gateway;
    const templates = await readTemplates(ROOT);
    const orders = async (): Promise<Program> => findProgram(await readPrograms(store), 'orders');
    const whole = await orders();
    const rest = whole.topics.filter(({ id }) => id !== 'pickup');
    const turned = whole.topics.map((topic) =>
      topic.id === 'pickup' ? { ...topic, purpose: 'marketing' as const } : topic,
    );
    for (const body of ['ORDERS', 'YES', 'PICKUP']) await gateway.text(ANA, body);
    await saveProgram(store, templates, { ...whole, topics: rest }, new Date());
    // Saved again in between: what went before it is not forgotten.
    await saveProgram(store, templates, { ...whole, topics: rest }, new Date());
    expect(programAnswer.safeParse(answerOf(await orders())).error).to.equal(undefined);
    const back = { ...(await orders()), topics: turned };
    const refused = await saveProgram(store, templates, back, new Date()).catch((error: unknown) => error);
    expect(refused).to.have.property('name', 'ProgramRefused');
    expect(String(refused)).to.contain('"pickup" agreed to it as informational');
    await saveProgram(store, templates, whole, new Date());
    expect(await orders()).to.deep.equal(whole);
  });

  it('is refused when a topic gets another purpose while somebody is in it', async () => {
    const { store } = gateway;
    const templates = await readTemplates(ROOT);
    const orders = findProgram(await readPrograms(store), 'orders');
    const moved: Program = {
      ...orders,
      topics: orders.topics.map((topic) => ({ ...topic, purpose: 'marketing' })),
    };
    for (const body of ['ORDERS', 'YES']) await gateway.text(ANA, body);
    const refused = await saveProgram(store, templates, moved, new Date()).catch((error: unknown) => error);
    expect(refused).to.have.property('name', 'ProgramRefused');
    expect(String(refused)).to.contain('agreed to it as informational');
    await gateway.text(ANA, 'STOP ORDERS');
    await saveProgram(store, templates, moved, new Date());
  });
});
