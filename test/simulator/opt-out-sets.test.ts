import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import {
  DEFAULT_SERVICE,
  eventually,
  LONG_CODE,
  openBox,
  PERSON,
  SERVICE,
  SERVICE_NUMBER,
  SERVICE_SIBLING,
  SHORT_CODE,
  TOLL_FREE_IN_SERVICE,
} from './simulator-box.ts';
import { EMPTY } from './webhook-receiver.ts';

type Forms = Record<string, Record<string, { keywords: string[]; message: string }>>;

describe('the forms of Advanced Opt-Out at the simulated carrier', () => {
  let box: SimulatorBox;
  before(async () => {
    box = await openBox();
    box.receiver.answer = () => EMPTY;
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    box.receiver.received.length = 0;
  });

  const put = (forms: unknown) => box.control('PUT', '/sim/opt-outs', forms);
  const forms = async () => (await (await box.control('GET', '/sim/opt-outs')).json()) as Forms;
  const mixedService = async () => Object.keys(await forms()).find((service) => service !== SERVICE) ?? '';
  const answersTo = async (number: string, word: string) =>
    (await box.text(number, word)).messages.map(({ body }) => body);
  const postedTypes = () => box.receiver.received.map(({ form }) => form.OptOutType);
  const offer = async (sender: string) => {
    box.receiver.received.length = 0;
    await box.create({ From: sender, To: PERSON, Body: 'offer', StatusCallback: `${box.receiver.url}/s` });
    const last = await eventually(() =>
      box.receiver.received.find(({ form }) => /^(?:delivered|failed)$/.test(form.MessageStatus ?? '')),
    );
    return last.form.ErrorCode ?? last.form.MessageStatus;
  };

  it('begin with the usual keywords, for services with Advanced Opt-Out alone', async () => {
    const shown = await forms();
    expect(shown).to.have.property(SERVICE);
    expect(shown).to.not.have.property(DEFAULT_SERVICE);
    expect(shown[SERVICE]?.STOP?.keywords).to.include.members(['STOP', 'QUIT']);
    expect(shown[SERVICE]?.HELP).to.deep.equal({
      keywords: ['HELP', 'INFO'],
      message: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
    });
  });

  it('let a service stop by a word of its own, with a reply of its own', async () => {
    const answer = await put({ [SERVICE]: { STOP: { keywords: ['basta'], message: 'Adiós.' } } });
    expect(answer.status).to.equal(200);
    expect(((await answer.json()) as Forms)[SERVICE]?.STOP).to.deep.equal({
      keywords: ['STOP', 'BASTA'],
      message: 'Adiós.',
    });

    expect(await answersTo(SERVICE_NUMBER, ' Basta ')).to.deep.equal(['Adiós.']);
    expect(postedTypes()).to.deep.equal(['STOP']);
    expect(await offer(SERVICE_SIBLING), 'the whole service is stopped').to.equal('21610');
  });

  it('keep the reserved words, and drop the others that a form leaves out', async () => {
    await put({ [SERVICE]: { STOP: { keywords: [] }, START: { keywords: [] }, HELP: { keywords: [] } } });
    for (const word of ['QUIT', 'INFO'])
      expect(await answersTo(SERVICE_NUMBER, word), word).to.deep.equal([]);
    expect(postedTypes()).to.deep.equal([undefined, undefined]);
    for (const word of ['HELP', 'STOP', 'UNSTOP'])
      expect(await answersTo(SERVICE_NUMBER, word), word).to.have.length(1);
  });

  it('let a service opt people in and help them by words of its own', async () => {
    await put({
      [SERVICE]: {
        START: { keywords: ['ALTA'], message: 'Bienvenido.' },
        HELP: { keywords: ['AYUDA'], message: 'Escriba STOP.' },
      },
    });
    expect(await answersTo(SERVICE_NUMBER, 'ayuda')).to.deep.equal(['Escriba STOP.']);
    await answersTo(SERVICE_NUMBER, 'STOP');
    expect(await answersTo(SERVICE_NUMBER, 'alta')).to.deep.equal(['Bienvenido.']);
    expect(postedTypes()).to.deep.equal(['HELP', 'STOP', 'START']);
    expect(await offer(SERVICE_NUMBER)).to.equal('delivered');
  });

  it('change nothing for numbers outside the service', async () => {
    await put({ [SERVICE]: { STOP: { keywords: ['BASTA'], message: 'Adiós.' } } });
    for (const number of [LONG_CODE, SHORT_CODE, TOLL_FREE_IN_SERVICE])
      expect(await answersTo(number, 'BASTA'), number).to.deep.equal([]);
    expect((await answersTo(LONG_CODE, 'STOP'))[0]).to.match(/^You have successfully been unsubscribed/);
  });

  it('count on a toll-free number of the service, whose network keeps STOP and lifts by START alone', async () => {
    const service = await mixedService();
    await put({
      [service]: {
        STOP: { keywords: ['BASTA'], message: 'Adiós.' },
        START: { keywords: ['ALTA'], message: 'Bienvenido.' },
      },
    });
    expect(await answersTo(TOLL_FREE_IN_SERVICE, 'BASTA')).to.deep.equal(['Adiós.']);
    expect(await answersTo(TOLL_FREE_IN_SERVICE, 'ALTA')).to.deep.equal(['Bienvenido.']);
    const [stopped] = await answersTo(TOLL_FREE_IN_SERVICE, 'STOP');
    expect(stopped).to.match(/^NETWORK MSG: /);
    expect(await answersTo(TOLL_FREE_IN_SERVICE, 'ALTA'), 'not past the network').to.deep.equal([]);
    const started = await answersTo(TOLL_FREE_IN_SERVICE, 'START');
    expect(started).to.have.length(2);
    expect(started[1]).to.equal('Bienvenido.');
  });

  it('are replaced by the next call as a whole, and forgotten with everything else', async () => {
    const usual = await forms();
    const other = await mixedService();
    await put({ [SERVICE]: { HELP: { message: 'Help.' } }, [other]: { HELP: { message: 'Help.' } } });
    await put({ [SERVICE]: { STOP: { message: 'Bye.' } } });
    const { [SERVICE]: changed, [other]: unnamed } = await forms();
    expect(unnamed).to.deep.equal(usual[other]);
    expect(changed).to.deep.equal({
      ...usual[SERVICE],
      STOP: { ...usual[SERVICE]?.STOP, message: 'Bye.' },
    });
    await box.control('DELETE', '/sim');
    expect(await forms()).to.deep.equal(usual);
  });

  const REFUSALS: [what: string, forms: () => unknown, field: string][] = [
    ['a service without Advanced Opt-Out', () => ({ [DEFAULT_SERVICE]: {} }), DEFAULT_SERVICE],
    ['an unknown type', () => ({ [SERVICE]: { STOPP: {} } }), SERVICE],
    ['a keyword of two words', () => ({ [SERVICE]: { STOP: { keywords: ['NO MORE'] } } }), 'keywords'],
    ['an empty reply', () => ({ [SERVICE]: { STOP: { message: ' ' } } }), 'message'],
    ['a keyword in two forms', () => ({ [SERVICE]: { HELP: { keywords: ['stop'] } } }), SERVICE],
    ['no object', () => [], ''],
  ];
  for (const [what, wrong, field] of REFUSALS) {
    it(`refuse ${what}, and stay as they were`, async () => {
      await put({ [SERVICE]: { STOP: { message: 'Bye.' } } });
      const refused = await put(wrong());
      expect(refused.status).to.equal(400);
      const { errors } = (await refused.json()) as { errors: { field: string; message: string }[] };
      expect(errors[0]?.field).to.contain(field);
      expect((await forms())[SERVICE]?.STOP?.message).to.equal('Bye.');
    });
  }
});
