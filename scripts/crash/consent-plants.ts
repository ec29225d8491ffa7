import type { Patch } from './instrumented.ts';
import type { Plant } from './plant.ts';
import { UNKILLED } from './plant-races.ts';
import { WEB_DOWN } from './race/variants/variants.ts';
import { WEB_KILLS } from './web-kills/web-kills.ts';

/** A quarter of all STOPs, by the last digit of their MessageSid. */
const DEAF: Patch = {
  file: 'src/consent/inbound/take-in.ts',
  find: "if (message.from !== '') return receive(desk, message, log);",
  replace: `if (message.body === 'STOP' && /[0-3]$/.test(message.sid)) return [];
  if (message.from !== '') return receive(desk, message, log);`,
};

/** A text that is taken once more is on record as it was taken last. */
const RECORD_REPLACED: Patch = {
  file: 'src/store/consent/commit.ts',
  find: "await insert(store, 'inbound', inbound, session);",
  replace: `for (const one of inbound) {
        await store.inbound.replaceOne({ _id: one._id }, one, { upsert: true, session });
      }`,
};

/** Bugs of what a text does to consent, and of what the ledger says of it. */
export const CONSENT_PLANTS: readonly Plant[] = [
  // The question stays open, counts whatever came since, and its answer lifts what stands: the model's flaws `prompts-stay-open` and
  // `yes-ignores-generation` together. None of the three alone lets an old YES lift a STOP.
  {
    name: 'yes-ignores-stop',
    about: 'a YES to the question from before a STOP lifts it',
    patches: [
      {
        file: 'src/domain/consent/opting-out.ts',
        find: "person = withPromptsClosed(person, 'withdrawn', (prompt) => asked.includes(prompt));",
        replace: '',
      },
      {
        file: 'src/domain/consent/questions/answering.ts',
        find: "if (generationOf(person.suppressions, scope as Scope, 'opt-out') !== generation) {",
        replace: "if (generationOf(person.suppressions, scope as Scope, 'opt-out') < generation) {",
      },
      {
        file: 'src/domain/consent/subscribing.ts',
        find: "suppressions = lift(suppressions, { scope, kind: 'opt-out', program, generation });",
        replace: `const stands = before.find((row) => row.scope === scope && row.kind === 'opt-out');
        const whatever = stands?.generation ?? generation;
        suppressions = lift(suppressions, { scope, kind: 'opt-out', program, generation: whatever });`,
      },
    ],
    scenario: UNKILLED,
    caughtBy: ['oldYes'],
  },
  {
    name: 'deaf',
    about: 'some STOPs are answered and dropped',
    patches: [DEAF],
    caughtBy: ['notHonoured'],
    scenario: UNKILLED,
  },
  {
    name: 'stop-not-kept',
    about: 'an opt-out of everything is in the ledger, and its suppression is not written',
    patches: [
      {
        file: 'src/store/consent/commit.ts',
        find: 'suppressions.map(',
        replace: "suppressions.filter((row) => row.scope !== 'all' || row.kind !== 'opt-out').map(",
      },
    ],
    caughtBy: ['notHonoured'],
    scenario: UNKILLED,
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
        find: "if (message.from !== '') return receive(desk, message, log);",
        replace: `if (/[0-3]$/.test(message.sid)) return [];
  if (message.from !== '') return receive(desk, message, log);`,
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
    scenario: UNKILLED,
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
    scenario: UNKILLED,
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
    scenario: UNKILLED,
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
    scenario: UNKILLED,
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
      RECORD_REPLACED,
    ],
    caughtBy: ['effectsDoubled'],
    scenario: UNKILLED,
  },
  {
    name: 'answered-anew',
    about: 'a text that the carrier posts twice is taken for two, and each is answered by rows of its own',
    patches: [
      {
        file: 'src/consent/writer.ts',
        find: 'if (before !== undefined) return',
        replace: 'if (before !== undefined && work.alone) return',
      },
      RECORD_REPLACED,
      {
        file: 'src/consent/inbound/receive.ts',
        find: 'const cause =',
        replace: 'const cause = start.monotonic +',
      },
    ],
    caughtBy: ['answeredTwice'],
    scenario: UNKILLED,
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
    scenario: UNKILLED,
  },
];
