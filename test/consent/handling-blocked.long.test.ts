import { expect } from 'chai';
import { stoppedAtCarrier } from '../../scripts/stopped-at-carrier.ts';
import type { Handling } from '../../src/domain/program.ts';
import { until } from '../support/gateway.ts';
import { type HandlingContext, openHandlingContext, SENDERS } from './handling-senders.ts';

/** A phone or a network blocks us: a text of ours fails, and the carrier has nobody on a list. */
const BLOCKED_THERE = { kind: 'errorCallback', code: 30004 };

const BLOCKING: Handling[] = ['advanced', 'default', 'network'];

describe('a person whom the carrier blocks', () => {
  let context: HandlingContext;
  before(async () => {
    context = await openHandlingContext();
  });
  after(() => context.gateway.stop());

  /** A person who joined and then texted the carrier's own STOP. */
  const stopped = async (handling: Handling, stop = 'STOP'): Promise<string> => {
    const person = context.someone();
    for (const text of ['STYLE', 'YES', stop]) await context.answers(handling, person, text);
    expect(await context.held(handling, person)).to.include({ optedOut: true, blocked: true });
    return person;
  };
  const agrees = async (handling: Handling, person: string, blocked: boolean): Promise<void> => {
    expect((await context.held(handling, person)).blocked, 'our record').to.equal(blocked);
    expect(await context.carrierBlocks(handling, person), 'the carrier').to.equal(blocked);
  };

  for (const handling of BLOCKING) {
    it(`gets no prompt on a sender with handling ${handling}, and JOIN is recorded without effect`, async () => {
      const person = await stopped(handling);
      expect((await context.answers(handling, person, 'STYLE')).bodies).to.deep.equal([]);
      expect(await context.held(handling, person)).to.include({ open: 0, state: 'unsubscribed' });
      const [last] = await context.ledger(person);
      expect(last).to.include({ kind: 'ineffective', reason: 'the carrier still blocks this number' });
      expect(await context.attempts(person)).to.deep.equal([]);
      await agrees(handling, person, true);
    });

    it(`hears nothing on a repeated STOP or HELP with handling ${handling}, and we try to send nothing`, async () => {
      const person = await stopped(handling);
      for (const text of ['STOP', 'HELP', 'what?', 'MENU', 'YES?']) {
        expect((await context.answers(handling, person, text)).bodies, text).to.deep.equal([]);
      }
      expect(await context.attempts(person)).to.deep.equal([]);
      await agrees(handling, person, true);
    });

    for (const [word, stop] of [
      ['START', 'STOP'],
      ['UNSTOP', 'QUIT'],
    ] as const) {
      it(`is unblocked by ${word} after ${stop} with handling ${handling}, hears one answer from the carrier, and is opted in to nothing`, async () => {
        const person = await stopped(handling, stop);
        const answer = await context.answers(handling, person, word);
        expect(answer.by).to.equal('carrier');
        expect(answer.bodies).to.have.length(1);
        expect(await context.held(handling, person)).to.include({
          optedOut: true,
          open: 0,
          state: 'unsubscribed',
        });
        await agrees(handling, person, false);
      });
    }

    it(`comes back by START, the keyword and YES with handling ${handling}, and hears one answer to each`, async () => {
      const person = await stopped(handling);
      for (const text of ['START', 'STYLE', 'YES']) {
        expect((await context.answers(handling, person, text)).bodies, text).to.have.length(1);
      }
      expect(await context.held(handling, person)).to.include({ optedOut: false, state: 'subscribed' });
      await agrees(handling, person, false);
    });
  }

  it('stays blocked in a simulator that starts anew and is told the blocked numbers', async () => {
    const { config, store } = context.gateway;
    for (const handling of BLOCKING) {
      const [blocked, lifted] = [await stopped(handling), await stopped(handling)];
      await context.answers(handling, lifted, 'START');
      const told = await stoppedAtCarrier(config.mongodbUri, config.keyRing, store.db.databaseName);
      const ofThese = told.filter(({ person }) => [blocked, lifted].includes(person));
      expect(ofThese).to.deep.equal([{ number: SENDERS[handling].number, person: blocked }]);
    }
  });

  it('is unblocked by YES with default handling, which the carrier answers and which is no consent', async () => {
    const person = await stopped('default');
    expect((await context.answers('default', person, 'yes')).by).to.equal('carrier');
    expect(await context.held('default', person)).to.include({ optedOut: true, state: 'unsubscribed' });
    await agrees('default', person, false);
  });

  for (const handling of ['advanced', 'network'] as const) {
    it(`stays blocked after YES with handling ${handling}`, async () => {
      const person = await stopped(handling);
      expect((await context.answers(handling, person, 'YES')).bodies).to.deep.equal([]);
      await agrees(handling, person, true);
    });
  }

  for (const handling of ['default', 'network'] as const) {
    for (const word of ['start please', 'Start!', 'yes please', 'si']) {
      it(`stays blocked after "${word}" with handling ${handling}, which the carrier does not know`, async () => {
        const person = await stopped(handling);
        await context.answers(handling, person, word);
        await agrees(handling, person, true);
      });
    }
  }
});

describe('a person whom a phone or a network blocks and who is on no list of the carrier', () => {
  let context: HandlingContext;
  before(async () => {
    context = await openHandlingContext();
  });
  after(() => context.gateway.stop());

  const blockedThere = async (handling: Handling, ...said: string[]): Promise<string> => {
    const person = context.someone();
    for (const text of said) await context.answers(handling, person, text);
    const rule = { match: { number: person }, on: 'create', effect: BLOCKED_THERE };
    await context.gateway.sim('PUT', '/sim/behaviours', [rule]);
    await context.answers(handling, person, 'MENU');
    await context.gateway.sim('PUT', '/sim/behaviours', []);
    await until('the block is recorded', async () => (await context.held(handling, person)).blocked);
    return person;
  };

  it('gets an answer to HELP and one confirmation of STOP with own handling', async () => {
    const person = await blockedThere('own', 'STYLE', 'YES');
    const help = await context.answers('own', person, 'HELP');
    expect([help.by, help.bodies.length]).to.deep.equal(['us', 1]);
    const stop = await context.answers('own', person, 'STOP');
    expect([stop.by, stop.bodies.length]).to.deep.equal(['us', 1]);
    expect((await context.answers('own', person, 'STOP')).bodies, 'it was confirmed').to.deep.equal([]);
    expect(await context.held('own', person)).to.include({ optedOut: true, blocked: true });
  });

  it('gets our prompt on START with default handling', async () => {
    const person = await blockedThere('default', 'STYLE', 'YES');
    await context.answers('default', person, 'please stop texting me');
    expect(await context.carrierBlocks('default', person)).to.equal(false);
    const answer = await context.answers('default', person, 'START');
    expect([answer.by, answer.bodies.length]).to.deep.equal(['us', 1]);
    expect(await context.held('default', person)).to.include({ blocked: false, open: 1 });
  });

  it('is welcomed with default handling by YES to a prompt that left before', async () => {
    const person = await blockedThere('default', 'STYLE');
    const answer = await context.answers('default', person, 'YES');
    expect([answer.by, answer.bodies.length]).to.deep.equal(['us', 1]);
    expect(await context.held('default', person)).to.include({ blocked: false, state: 'subscribed' });
  });

  for (const handling of ['own', 'advanced', 'default'] as const) {
    it(`gets our prompt on the keyword and our answer to RESUME with handling ${handling}`, async () => {
      const asking = await blockedThere(handling);
      const question = await context.answers(handling, asking, 'STYLE');
      expect([question.by, question.bodies.length]).to.deep.equal(['us', 1]);
      expect(await context.held(handling, asking)).to.include({ blocked: false, open: 1 });
      const paused = await blockedThere(handling, 'STYLE', 'YES', 'PAUSE');
      const answer = await context.answers(handling, paused, 'RESUME');
      expect([answer.by, answer.bodies.length]).to.deep.equal(['us', 1]);
      expect(await context.held(handling, paused)).to.include({ blocked: false, state: 'subscribed' });
    });
  }
});
