import type { Language, Program } from '../program.ts';
import { lapsesAt, marketingOn } from './consent-age.ts';
import {
  type ConsentState,
  isRenewal,
  openPrompt,
  type Prompt,
  subscriptionTo,
  withPromptsClosed,
  withSubscription,
} from './consent-state.ts';
import { type ConsentDecision, type DecisionContext, ledgerDraft } from './decision.ts';
import { newPrompt, promptLimit, withPromptSent } from './join.ts';
import { languageFor } from './program-text.ts';

export const renewalTouchpoint = (language: Language): string => `sms-renewal.${language}`;

/**
 * Issues a renewal prompt while consent is still valid: one marketing text, once, with a prompt that stays open until
 * consent lapses. Null when another prompt is open on the number or the prompt limits are reached; the job tries
 * again later.
 */
export function askToRenew(turn: DecisionContext, program: Program): ConsentDecision | null {
  const { person, act } = turn;
  const subscription = subscriptionTo(person, program.id);
  const expiresAt = subscription === null ? null : lapsesAt(subscription, program);
  if (subscription === null || expiresAt === null) return null;
  const { topics } = subscription;
  const [topic] = marketingOn(subscription, program);
  const asked = openPrompt(person, act.number) !== null;
  const limit = promptLimit(person, { program: program.id, topics }, false, act.receivedAt);
  if (topic === undefined || asked || limit !== null) return null;
  const language = languageFor(program, null, person);
  const { text, ...shown } = turn.disclosure(program.id, renewalTouchpoint(language));
  const question = { program, topics, touchpoint: shown.touchpoint };
  const prompt = {
    ...newPrompt(turn, question, language, { ...shown, seq: person.seq + 1 }),
    expiresAt,
  };
  const { disclosure } = prompt;
  const reason = `consent lapses at ${expiresAt.toISOString()}`;
  const event = ledgerDraft('prompted', { program: program.id, topics, disclosure, shown: text, reason });
  const reply = {
    class: 'marketing' as const,
    template: 'renewal' as const,
    program: program.id,
    language,
    text,
    prompt: prompt.id,
    topic,
    validUntil: expiresAt,
  };
  const renewing = withSubscription(person, { ...subscription, renewalAskedAt: act.receivedAt });
  const prompts = [...renewing.prompts, prompt];
  return {
    person: withPromptSent({ ...renewing, prompts }, program.id, false, act.receivedAt),
    events: [event],
    replies: [reply],
  };
}

/** Open renewal prompts of a program. */
export const openRenewals = ({ prompts }: Pick<ConsentState, 'prompts'>, program: string): Prompt[] =>
  prompts.filter((prompt) => prompt.program === program && prompt.state === 'open' && isRenewal(prompt));

/**
 * The person without renewal prompts that were never sent (`unsent` has their ids), so that they are issued again. A
 * renewal that was sent is not repeated, whether or not it arrived.
 */
export function withoutUnsentRenewals(
  person: ConsentState,
  program: Program,
  unsent: ReadonlySet<string>,
): ConsentState {
  const lost = openRenewals(person, program.id).filter(
    ({ id, handedOverAt }) => handedOverAt === null && unsent.has(id),
  );
  return lost.length === 0
    ? person
    : withPromptsClosed(person, 'superseded', (prompt) => lost.includes(prompt));
}
