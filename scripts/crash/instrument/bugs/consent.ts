import { UNKILLED } from '../../race/variants/stressed-races.ts';
import { WEB_DOWN } from '../../race/variants/variants.ts';
import { WEB_KILLS } from '../../web-kills/web-kills.ts';
import type { PlantedBug } from '../planted-bug.ts';
import type { SourcePatch } from '../source-patches.ts';

/** Drops a quarter of all STOPs, by the last digit of their MessageSid. */
const DEAF: SourcePatch = {
  in: 'receiveOnce',
  find: "if (posted.from === '')",
  replace: `if (posted.body === 'STOP' && /[0-3]$/.test(posted.sid)) return;
  if (posted.from === '')`,
};

/** A text that comes a second time replaces its record instead of being refused. */
const RECORD_REPLACED: SourcePatch = {
  in: 'commitChanges',
  find: "await insert(database, 'inbound', inbound, session);",
  replace: `const texts = database.db.collection<InboundDoc>('inbound');
      for (const one of inbound) {
        await texts.replaceOne({ _id: one._id }, one, { upsert: true, session });
      }`,
};

/** A text that comes a second time is answered by rows of its own, which no record names. */
const PLANNED_ANEW: SourcePatch = {
  in: 'drainRepeatedText',
  find: 'const scopes = [...new Set(',
  replace: `const { newDelivery, openContent } = await import('../../store/deliveries/new-delivery.ts');
  const { openHolder } = await import('../../store/contacts/open-contact.ts');
  for (const row of await findDeliveries(context.store, inbound.answers)) {
    const holder = openHolder(context.ring, contact, []);
    const words = openContent(holder, row);
    if (words === null) continue;
    const digest = Math.random().toString(36).slice(2);
    const anew = newDelivery(holder, { ...row, ...words, media: words.media ?? [], digest, at: context.now() });
    const { answers, own, prompt, place = 0 } = row;
    await context.store.deliveries.insertOne({ ...anew, answers, own, prompt, place });
  }
  const scopes = [...new Set(`,
};

/** A quarter of all texts is recorded without the reply that was decided. */
const REPLIES_FORGOTTEN: SourcePatch = {
  in: 'buildChange',
  find: 'decided.replies.map(',
  replace: 'decided.replies.filter(() => !/[0-3]$/.test(decided.cause)).map(',
};

/** Replies expire within moments of their text. */
const TOO_OLD_SOON: SourcePatch = {
  in: 'lateness',
  find: '> within ?',
  replace: '> Math.min(within, 50) ?',
};

/** Bugs in what a text does to consent, in what the ledger says about it, and in what answers it. */
export const CONSENT_BUGS: readonly PlantedBug[] = [
  // The question stays open, its generation may be lower than the STOP's, and its answer lifts whatever stands: the flaws
  // `prompts-stay-open` and `yes-ignores-generation` of the model together. No single patch of the three lets an old YES lift a STOP.
  {
    name: 'yes-ignores-stop',
    about: 'a YES to the question from before a STOP lifts it',
    patches: [
      {
        in: 'withOptOut',
        find: "person = withPromptsClosed(person, 'withdrawn', (prompt) => asked.includes(prompt));",
        replace: '',
      },
      { in: 'whyAnswerDoesNotCount', find: "'opt-out') !== generation", replace: "'opt-out') < generation" },
      {
        in: 'liftedBy',
        find: "suppressions = liftSuppression(suppressions, { scope, kind: 'opt-out', program, generation });",
        replace: `const stands = before.find((row) => row.scope === scope && row.kind === 'opt-out');
    const whatever = stands?.generation ?? generation;
    suppressions = liftSuppression(suppressions, { scope, kind: 'opt-out', program, generation: whatever });`,
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
        in: 'writeSuppressions',
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
    about: 'some texts are answered and dropped',
    patches: [
      {
        in: 'receiveOnce',
        find: "if (posted.from === '')",
        replace: `if (/[0-3]$/.test(posted.sid)) return;
  if (posted.from === '')`,
      },
    ],
    caughtBy: ['textsLost'],
    scenario: WEB_KILLS,
  },
  {
    name: 'replay-plans-anew',
    about: 'a text that comes a second time, from the carrier or the spool, plans its reply under a new id',
    patches: [PLANNED_ANEW],
    caughtBy: ['answeredTwice'],
    scenario: UNKILLED,
  },
  {
    name: 'replay-plans-anew-alone',
    about: 'the same, where the web process alone is killed',
    patches: [PLANNED_ANEW],
    caughtBy: ['textsAnsweredTwice'],
    scenario: WEB_KILLS,
  },
  {
    name: 'reply-forgotten',
    about: 'some texts are recorded without the reply that was decided',
    patches: [REPLIES_FORGOTTEN],
    caughtBy: ['repliesLost'],
    scenario: UNKILLED,
  },
  {
    name: 'reply-forgotten-alone',
    about: 'the same, where the web process alone is killed',
    patches: [REPLIES_FORGOTTEN],
    caughtBy: ['repliesUnplanned'],
    scenario: WEB_KILLS,
  },
  {
    name: 'reply-too-old',
    about: 'replies expire within moments of their text',
    patches: [TOO_OLD_SOON],
    caughtBy: ['repliesLost'],
    scenario: UNKILLED,
  },
  {
    name: 'reply-too-old-alone',
    about: 'the same, where the web process alone is killed',
    patches: [TOO_OLD_SOON],
    caughtBy: ['silenceWithoutReason'],
    scenario: WEB_KILLS,
  },
  {
    name: 'confirms-late',
    about: 'a STOP is confirmed within an hour, not within five minutes',
    patches: [{ constant: 'CONFIRM_WITHIN_MS', value: '60 * MINUTE_MS' }],
    caughtBy: ['staleConfirmed'],
    scenario: WEB_DOWN,
  },
  {
    name: 'hold-unseen',
    about: 'offers go on while texts are on hold',
    patches: [
      {
        in: 'consented',
        find: 'blocked(request, person)',
        replace: "blocked(request, person, ['opt-out', 'carrier', 'hygiene'])",
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
        in: 'overtaken',
        find: 'return wroteAgain ?',
        replace: "return wroteAgain || request.class === 'staff-answer' ?",
      },
    ],
    caughtBy: ['afterStop'],
    scenario: UNKILLED,
  },
  {
    name: 'yes-unwritten',
    about: 'a YES subscribes and is not in the ledger',
    patches: [{ in: 'subscribe', find: 'event,', replace: '' }],
    caughtBy: ['unproven'],
    scenario: UNKILLED,
  },
  {
    name: 'chain-forked',
    about: 'all entries of one act follow the entry before the act, not each other',
    patches: [{ in: 'appendTo', find: 'entry(chain, seq, hash,', replace: 'entry(chain, seq, chain.hash,' }],
    caughtBy: ['chains'],
    scenario: UNKILLED,
  },
  {
    name: 'stop-taken-twice',
    about: 'an opt-out that the carrier posts twice is taken for two',
    patches: [
      { in: 'decide', find: 'before !== undefined', replace: 'before !== undefined && !work.alone' },
      RECORD_REPLACED,
    ],
    caughtBy: ['effectsDoubled'],
    scenario: UNKILLED,
  },
  {
    name: 'answered-anew',
    about: 'a text that the carrier posts twice is taken for two, and each is answered by rows of its own',
    patches: [
      { in: 'decide', find: 'before !== undefined', replace: 'before !== undefined && work.alone' },
      RECORD_REPLACED,
      { in: 'prepareText', find: 'const cause =', replace: 'const cause = at.getTime() +' },
    ],
    caughtBy: ['answeredTwice'],
    scenario: UNKILLED,
  },
  {
    name: 'confirms-again',
    about: 'a STOP that repeats one is confirmed as that was',
    patches: [{ in: 'optOutOfAll', find: "wasOptOutConfirmed(turn.person, 'all')", replace: 'false' }],
    caughtBy: ['confirmedTwice'],
    scenario: UNKILLED,
  },
];
