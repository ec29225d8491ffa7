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

/** A repeated text replaces its record instead of being refused. */
const RECORD_REPLACED: SourcePatch = {
  in: 'commitAll',
  find: "await insert(database, 'inbound', inbound, session);",
  replace: `const texts = database.db.collection<InboundDoc>('inbound');
      for (const one of inbound) {
        await texts.replaceOne({ _id: one._id }, one, { upsert: true, session });
      }`,
};

/** A repeated text is answered by rows of its own, which no record names. */
const PLANNED_ANEW: SourcePatch = {
  in: 'drainRepeatedText',
  find: 'const scopes = [...new Set(',
  replace: `const { newDelivery, openContent } = await import('../../store/deliveries/new-delivery.ts');
  const { openHolder } = await import('../../store/contacts/open-contact.ts');
  const { ring, now } = context as typeof context & Pick<AppContext, 'now' | 'ring'>;
  for (const row of await findDeliveries(context.store, inbound.answers)) {
    const holder = openHolder(ring, contact, []);
    const words = openContent(holder, row);
    if (words === null) continue;
    const digest = Math.random().toString(36).slice(2);
    const anew = newDelivery(holder, { ...row, ...words, media: words.media ?? [], digest, at: now() });
    const { answers, own, prompt, place = 0 } = row;
    await context.store.deliveries.insertOne({ ...anew, answers, own, prompt, place });
  }
  const scopes = [...new Set(`,
};

/** A quarter of all texts is recorded without its reply. */
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

/** Bugs in how a text changes consent, in its ledger entries, and in its replies. */
export const CONSENT_BUGS: readonly PlantedBug[] = [
  // The question stays open, its generation may be lower than that of the STOP, and its answer lifts any opt-out: the flaws
  // `prompts-stay-open` and `yes-ignores-generation` of the model together. No single one of the three patches lets an old YES
  // lift a STOP.
  {
    name: 'yes-ignores-stop',
    about: 'a YES to a question from before a STOP lifts the STOP',
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
    name: 'stops-dropped',
    about: 'some STOPs are answered and dropped',
    patches: [DEAF],
    caughtBy: ['notHonoured'],
    scenario: UNKILLED,
  },
  {
    name: 'stop-not-kept',
    about: 'an opt-out from everything is in the ledger, but its suppression is not written',
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
    name: 'stops-dropped-alone',
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
    about: 'a text that arrives again, from the carrier or the spool, plans its reply under a new id',
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
    about: 'some texts are recorded without the reply that the gateway decided on',
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
    about: 'replies expire almost at once after their text',
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
    about: 'a STOP may be confirmed up to an hour later, not five minutes',
    patches: [{ constant: 'CONFIRM_WITHIN_MS', value: '60 * MINUTE_MS' }],
    caughtBy: ['staleConfirmed'],
    scenario: WEB_DOWN,
  },
  {
    name: 'hold-unseen',
    about: 'offers are sent while texts of the person are on hold',
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
    about: 'staff may answer people who have texted STOP since',
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
    about: 'a YES subscribes but is not in the ledger',
    patches: [{ in: 'subscribe', find: 'event,', replace: '' }],
    caughtBy: ['unproven'],
    scenario: UNKILLED,
  },
  {
    name: 'chain-forked',
    about: 'all entries of one act point to the entry before the act, not to each other',
    patches: [{ in: 'appendTo', find: 'entry(chain, seq, hash,', replace: 'entry(chain, seq, chain.hash,' }],
    caughtBy: ['chains'],
    scenario: UNKILLED,
  },
  {
    name: 'stop-taken-twice',
    about: 'an opt-out that the carrier posts twice counts as two',
    patches: [
      { in: 'decide', find: 'before !== undefined', replace: 'before !== undefined && !work.alone' },
      RECORD_REPLACED,
    ],
    caughtBy: ['effectsDoubled'],
    scenario: UNKILLED,
  },
  {
    name: 'answered-anew',
    about: 'a text that the carrier posts twice counts as two, and each gets its own reply',
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
    about: 'a repeated STOP is confirmed like the first one',
    patches: [{ in: 'optOutOfAll', find: "wasOptOutConfirmed(turn.person, 'all')", replace: 'false' }],
    caughtBy: ['confirmedTwice'],
    scenario: UNKILLED,
  },
];
