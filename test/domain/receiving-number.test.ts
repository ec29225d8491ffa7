import { expect } from 'chai';
import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { receivingNumber } from '../../src/domain/opt-out-handling.ts';
import type { Program, ProgramBook, Sender } from '../../src/domain/program.ts';

const ONE = `MG${'1'.repeat(32)}`;
const TWO = `MG${'2'.repeat(32)}`;
const STRAY = '+15550100999';

const sender = (number: string, messagingServiceSid: string | null, of: Partial<Sender> = {}): Sender => ({
  ...{ number, kind: 'long-code', country: 'US', handling: 'default' },
  ...{ messagingServiceSid, ...of },
});
const ALONE = sender('+15550100001', null);
const IDLE = sender('+15550100002', ONE);
const USED = sender('+15550100003', ONE);
const TOLL_FREE = sender('+18005550104', TWO, { kind: 'toll-free', handling: 'network' });
const UNUSED = sender('+15550100005', TWO);

const book = (...senders: Sender[]): ProgramBook => ({
  senders,
  programs: [{ ...(PROGRAMS[0] as Program), numbers: [USED.number, TOLL_FREE.number, ALONE.number] }],
});
const ALL = book(ALONE, IDLE, USED, TOLL_FREE, UNUSED);

const CASES: [what: string, senders: ProgramBook, to: string, service: string | null, as: string][] = [
  ['a number of ours', ALL, IDLE.number, ONE, IDLE.number],
  ['a number of ours that was saved with another service', ALL, ALONE.number, ONE, ALONE.number],
  ['another number, by no service', ALL, STRAY, null, STRAY],
  ['another number, by an unknown service', ALL, STRAY, `MG${'3'.repeat(32)}`, STRAY],
  ['another number of a service: the one that programs use', ALL, STRAY, ONE, USED.number],
  ['another number of a service: the first where none is used', book(IDLE, UNUSED), STRAY, ONE, IDLE.number],
  ['another number of a service: never a toll-free one', ALL, STRAY, TWO, UNUSED.number],
  ['another number of a toll-free service', book(TOLL_FREE), STRAY, TWO, STRAY],
];

describe('receiving number of a text', () => {
  for (const [what, senders, to, service, as] of CASES) {
    it(`is found for ${what}`, () => {
      expect(receivingNumber(senders, to, service)).to.equal(as);
    });
  }
});
