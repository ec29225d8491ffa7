import { ageingOf, consentAgeOf } from '../../domain/consent/consent-age.ts';
import { endMarketing } from '../../domain/consent/consent-end.ts';
import { type ConsentState, type Prompt, subscriptionTo } from '../../domain/consent/consent-state.ts';
import type { ConsentDecision, PersonAct } from '../../domain/consent/decision.ts';
import { askToRenew, openRenewals, withoutUnsentRenewals } from '../../domain/consent/renewal-prompt.ts';
import type { Program, Sender } from '../../domain/program.ts';
import { messagePlan } from '../../domain/sending/message-plan.ts';
import { isStranded, neverLeft } from '../../domain/sending/unknown-outcome.ts';
import { senderChooserFor, stoppedAmong } from '../../sending/sender-selection.ts';
import { pagesOf } from '../../store/batching.ts';
import { subscribersWithAgingConsent } from '../../store/consent/aging-consents.ts';
import { findSuppressions } from '../../store/consent/suppressions.ts';
import type { ContactDoc } from '../../store/contacts/contacts.ts';
import { type OpenContact, openHolder, personOf } from '../../store/contacts/open-contact.ts';
import { findQuestions } from '../../store/deliveries/history.ts';
import type { AppContext } from '../app-context.ts';
import { type ConsentAct, commitAct, NO_CARRIER, newPromptId } from '../commit-act.ts';
import { decisionContextOf } from '../inbound/interpret.ts';
import { lostHolders, skipIfUnopenable } from '../lost-keys.ts';

const BATCH = 100;

const JOB = 'consent-ageing';
const RULES = 'consent-age-1';

/** Limits of one run. */
type Bounds = { most: number; goOn: () => boolean };

/**
 * Asks people to renew their marketing consent shortly before it lapses, and ends consent that was not renewed;
 * ordered informational messages continue. Safe to run anywhere, twice, or half. People whose key is lost for good
 * stay as they are, because nobody can write to their ledger. `waiting`: due for a renewal prompt but on hold,
 * paused, with another open prompt, at the prompt limit, or without a usable sender of the program.
 */
export async function ageConsents(
  context: AppContext,
  { most, goOn }: Bounds,
): Promise<{ asked: number; lapsed: number; waiting: number }> {
  const counts = { asked: 0, lapsed: 0, waiting: 0 };
  const programs = context.catalog.current().book.programs.filter(sendsMarketing);
  for (const program of programs) {
    const page = (after: string | null) =>
      subscribersWithAgingConsent(context.store, program, context.now(), after, BATCH);
    const hasRoom = (): boolean => goOn() && counts.asked + counts.lapsed < most;
    for await (const due of pagesOf(page, { size: BATCH, placeOf: ({ _id }) => _id, goOn: hasRoom })) {
      const lost = await lostHolders(context, due);
      const openable = due.filter((contact) => !lost.includes(contact));
      const asked = openable.flatMap((contact) => openRenewals(personOf(contact, {}, []), program.id));
      const numbers = openable.length === 0 ? [] : program.numbers.map((number) => ({ number }));
      const stopped = await stoppedAmong(context.store, numbers);
      const writes = (number: string): boolean => program.numbers.includes(number) && !stopped.has(number);
      const ids = openable.map(({ _id }) => _id);
      const unsent = await unsentAmong(context, ids, asked, writes);
      const calling = openable.filter((contact) => callsForAnything(context, { program, unsent }, contact));
      const senderFor = await askersFor(context, program, calling, writes);
      const aged = calling.map((contact) =>
        skipIfUnopenable(context, { job: JOB, contact }, () =>
          ageOne(context, { program, unsent, senderFor }, contact),
        ),
      );
      for (const done of await Promise.all(aged)) if (done !== null) counts[done] += 1;
    }
  }
  return counts;
}

const sendsMarketing = ({ topics, status }: Program): boolean =>
  status === 'active' && topics.some(({ purpose }) => purpose === 'marketing');

/**
 * Chooses the sender of each renewal prompt: the one on which the person confirmed while it works, else another.
 * Never a stopped sender: its prompt would wait until consent lapses without ever having been sent.
 */
async function askersFor(
  context: Pick<AppContext, 'catalog' | 'store'>,
  program: Program,
  due: readonly ContactDoc[],
  writes: (number: string) => boolean,
): Promise<(holder: OpenContact) => Sender | null> {
  const senderFor = await senderChooserFor(context, program, due);
  return (holder) => {
    const sender = senderFor(holder, confirmedOn(holder.person, program));
    return sender === null || !writes(sender.number) ? null : sender;
  };
}

/** The sender on which the person last confirmed the program; null when that is not known. */
const confirmedOn = ({ prompts }: ConsentState, { id }: Program): string | null =>
  prompts.findLast((prompt) => prompt.program === id && prompt.state === 'confirmed')?.number ?? null;

/** `unsent`: ids of renewal prompts that were never sent. */
type For = { program: Program; unsent: ReadonlySet<string> };

/** Ids of the prompts that were never sent or that wait for a sender that does not send now. */
async function unsentAmong(
  { store, now }: Pick<AppContext, 'store' | 'now'>,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
  writes: (sender: string) => boolean,
): Promise<Set<string>> {
  const found = asked.length === 0 ? [] : await findQuestions(store, contacts, asked);
  const unsent = found.filter((row) => neverLeft(row, now()) || isStranded(row, writes));
  return new Set(unsent.map(({ prompt }) => prompt));
}

/** Skips most contacts: they have been asked already and may still answer. */
const callsForAnything = (
  context: Pick<AppContext, 'now'>,
  { program, unsent }: For,
  contact: ContactDoc,
): boolean => {
  const person = withoutUnsentRenewals(personOf(contact, {}, []), program, unsent);
  return callsFor(person, program, context.now()) !== null;
};

async function ageOne(
  context: AppContext,
  { program, unsent, senderFor }: For & { senderFor: (holder: OpenContact) => Sender | null },
  contact: ContactDoc,
): Promise<'asked' | 'lapsed' | 'waiting'> {
  const rows = await findSuppressions(context.store, [contact.index]);
  const holder = openHolder(context.ring, contact, rows);
  const sender = senderFor(holder);
  const prepared = await commitAct(context, {
    number: holder.number,
    channel: 'NO_ACT',
    from: sender?.number ?? null,
    actor: `job:${JOB}`,
    rules: RULES,
    personal: {
      origin: JSON.stringify({ rule: 'consent-age', months: consentAgeOf(program).months }),
    },
    alone: false,
    decide: (person, at) => ageingOutcome(context, { program, sender, person, at }, unsent),
  });
  if (prepared === null) return 'waiting';
  return prepared.change.deliveries.length > 0 ? 'asked' : 'lapsed';
}

type Ageing = { program: Program; sender: Sender | null; person: ConsentState; at: Date };

/** Decides from the person as the write reads them, since they may have answered meanwhile. */
function ageingOutcome(
  context: Pick<AppContext, 'catalog'>,
  { program, sender, person, at }: Ageing,
  unsent: For['unsent'],
): ReturnType<ConsentAct['decide']> {
  const unasked = withoutUnsentRenewals(person, program, unsent);
  const calls = callsFor(unasked, program, at);
  if (calls === null) return null;
  // A prompt that was never sent is not superseded. It ends with the consent.
  if (calls === 'lapse') {
    return endMarketing(person, program, at);
  }
  if (sender === null) return null;
  const catalog = context.catalog.current();
  const reading: PersonAct['reading'] = {
    kind: 'unknown',
    language: null,
    rule: `job:${JOB}`,
    rules: RULES,
  };
  const act: PersonAct = {
    channel: 'VIA_TEXT',
    number: sender.number,
    receivedAt: at,
    reading,
    words: '',
    carrier: NO_CARRIER,
  };
  const asked = askToRenew(decisionContextOf(act, unasked, catalog, newPromptId), program);
  return asked !== null && mayGoNow({ program, sender, person: unasked, at }, asked) ? asked : null;
}

function callsFor(person: ConsentState, program: Program, at: Date): ReturnType<typeof ageingOf> {
  const subscription = subscriptionTo(person, program.id);
  return subscription === null ? null : ageingOf(subscription, program, at);
}

/** Applies the gate's rules now: a person on hold or paused is asked when that is over. */
function mayGoNow(
  { program, sender, person, at }: Ageing & { sender: Sender },
  { replies: [reply] }: ConsentDecision,
): boolean {
  const topic = program.topics.find(({ id }) => id === reply?.topic);
  if (reply === undefined || topic === undefined) return false;
  return messagePlan({ program, topic, sender, text: reply.text, language: null }, person, at).verdict
    .allowed;
}
