import type { Patch } from './instrumented.ts';
import type { Plant } from './plant.ts';
import { WEB_DOWN } from './race/variants/variants.ts';
import { WEB_KILLS } from './web-kills/web-kills.ts';

const noFaults = { faultsOf: () => [] };

/** A quarter of all STOPs, by the last digit of their MessageSid. */
const DEAF: Patch = {
  file: 'src/consent/inbound/take-in.ts',
  find: "if (message.from !== '') return receive(desk, message);",
  replace: `if (message.body === 'STOP' && /[0-3]$/.test(message.sid)) return [];
  if (message.from !== '') return receive(desk, message);`,
};

/** Bugs of what a text does to consent, and of what the ledger says of it. */
export const CONSENT_PLANTS: readonly Plant[] = [
  {
    name: 'deaf',
    about: 'some STOPs are answered and dropped',
    patches: [DEAF],
    caughtBy: ['notHonoured'],
    stress: noFaults,
  },
  {
    name: 'deaf-alone',
    about: 'the same, where the web process alone is killed',
    patches: [DEAF],
    caughtBy: ['stopsNotHonoured'],
    scenario: WEB_KILLS,
  },
  {
    name: 'drops-texts',
    about: 'some texts are answered with silence and dropped',
    patches: [
      {
        file: 'src/consent/inbound/take-in.ts',
        find: "if (message.from !== '') return receive(desk, message);",
        replace: `if (/[0-3]$/.test(message.sid)) return [];
  if (message.from !== '') return receive(desk, message);`,
      },
    ],
    caughtBy: ['textsLost'],
    scenario: WEB_KILLS,
  },
  {
    name: 'left-and-said',
    about: 'an answer that the web process gives is left to the dispatcher as well',
    patches: [
      {
        file: 'src/consent/inbound/take-in.ts',
        find: 'return await inTime(DATABASE_MS, work);',
        replace: `const said = await inTime(DATABASE_MS, work);
      await leaveUnsaid(desk, said.map(({ ref }) => ref.delivery));
      // Long enough for a dispatcher to give it before the web process does.
      await new Promise((resolve) => setTimeout(resolve, 300));
      return said;`,
      },
    ],
    caughtBy: ['textsAnsweredTwice'],
    scenario: WEB_KILLS,
  },
  {
    name: 'confirms-late',
    about: 'a STOP is confirmed within an hour, not within five minutes',
    patches: [
      {
        file: 'src/domain/sending/may-receive.ts',
        find: 'CONFIRM_WITHIN_MS = 5 * MINUTE_MS',
        replace: 'CONFIRM_WITHIN_MS = 60 * MINUTE_MS',
      },
    ],
    caughtBy: ['staleConfirmed'],
    scenario: WEB_DOWN,
  },
  {
    name: 'hold-unseen',
    about: 'offers go on while texts are on hold',
    patches: [
      {
        file: 'src/domain/sending/may-receive.ts',
        find: 'const reasons = [...ended(program), ...blocked(request, person)];',
        replace:
          "const reasons = [...ended(program), ...blocked(request, person, ['opt-out', 'carrier', 'hygiene'])];",
      },
    ],
    caughtBy: ['afterStop'],
    stress: noFaults,
  },
  {
    name: 'staff-unstopped',
    about: 'staff may answer whoever said STOP since',
    patches: [
      {
        file: 'src/domain/sending/may-receive.ts',
        find: 'return wroteAgain ? []',
        replace: "return wroteAgain || request.class === 'staff-answer' ? []",
      },
    ],
    caughtBy: ['afterStop'],
    stress: noFaults,
  },
  {
    name: 'yes-unwritten',
    about: 'a YES subscribes and is not in the ledger',
    patches: [
      {
        file: 'src/domain/consent/confirming.ts',
        find: '      event,\n      ...lapsedBy(',
        replace: '      ...lapsedBy(',
      },
    ],
    caughtBy: ['unproven'],
    stress: noFaults,
  },
  {
    name: 'chain-forked',
    about: 'all entries of one act follow the entry before the act, not each other',
    patches: [
      {
        file: 'src/consent/ledger/ledger.ts',
        find: 'entry(chain, seq, hash, one, about)',
        replace: 'entry(chain, seq, chain.hash, one, about)',
      },
    ],
    caughtBy: ['chains'],
    stress: noFaults,
  },
  {
    name: 'stop-taken-twice',
    about: 'an opt-out that the carrier posts twice is taken for two',
    patches: [
      {
        file: 'src/consent/writer.ts',
        find: 'if (before !== undefined) return',
        replace: 'if (before !== undefined && !work.alone) return',
      },
      {
        file: 'src/store/consent/commit.ts',
        find: "await insert(store, 'inbound', inbound, session);",
        replace: `for (const one of inbound) {
        await store.inbound.replaceOne({ _id: one._id }, one, { upsert: true, session });
      }`,
      },
    ],
    caughtBy: ['effectsDoubled'],
    stress: noFaults,
  },
  {
    name: 'confirms-again',
    about: 'a STOP that repeats one is confirmed as that was',
    patches: [
      {
        file: 'src/domain/consent/opting-out.ts',
        find: "if (isAnswered(turn.person, 'all')) return { person, events: [event], replies: [] };",
        replace: '',
      },
    ],
    caughtBy: ['confirmedTwice'],
    stress: noFaults,
  },
];
