import { expect } from 'chai';
import { isStanding } from '../../../src/domain/consent/suppression.ts';
import { blockScope } from '../../../src/domain/opt-out-handling.ts';
import type { Sender } from '../../../src/domain/program.ts';
import { BOOK, type Conversation, converse, IDLE_NUMBER, STYLIST, stateOf } from './conversation.ts';

describe('carrier block whose sender was saved with another scope', () => {
  const SERVICE = 'MG00000000000000000000000000000001';
  const service = `service:${SERVICE}` as const;
  const inService: Partial<Sender> = { messagingServiceSid: SERVICE };
  const network: Partial<Sender> = { ...inService, handling: 'network' };
  const changes: [what: string, from: Partial<Sender>, to: Partial<Sender>, shared: boolean][] = [
    ['into a service', {}, inService, false],
    ['into a service of several numbers', {}, inService, true],
    ['to a handling that keeps it by the number', inService, network, false],
    ['to a handling that keeps it by the service', network, { handling: 'default' }, true],
  ];
  const blocked = (talk: Conversation): boolean =>
    talk.person.suppressions.some((row) => row.kind === 'carrier' && isStanding(row, null));
  const blockedBefore = (from: Partial<Sender>, to: Partial<Sender>, shared: boolean) => {
    const senders = BOOK.senders.map((sender) => ({
      ...sender,
      ...(sender.number === STYLIST ? from : shared && sender.number === IDLE_NUMBER ? inService : {}),
    }));
    const own = senders.find(({ number }) => number === STYLIST) as Sender;
    const talk = converse({ ...BOOK, senders });
    talk.text('STOP', STYLIST, {
      carrier: { answered: true, blocks: true, unblocks: false, scope: blockScope(own) },
    });
    Object.assign(own, to);
    return {
      talk,
      start: { carrier: { answered: true, blocks: false, unblocks: true, scope: blockScope(own) } },
    };
  };
  for (const [what, from, to, shared] of changes) {
    it(`is lifted with the new block after a move ${what}`, () => {
      const { talk, start } = blockedBefore(from, to, shared);
      expect(blocked(talk)).to.equal(true);
      talk.text('START', STYLIST, start);
      expect(blocked(talk)).to.equal(false);
      expect(talk.last.events.map(({ kind }) => kind)).to.include('carrier-unblocked');
      expect(talk.text('STYLE', STYLIST).said.map(({ template }) => template)).to.deep.equal(['prompt']);
    });
  }

  it('stays for the other numbers of its service until a word to one of them', () => {
    const { talk, start } = blockedBefore(inService, network, true);
    talk.text('START', STYLIST, start);
    expect(stateOf(talk.person)).to.include(`${service} carrier 1`);
  });
});
