import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { earlierPromptOf, type OptInResult, optIn, type Prompted } from '../consent/opt-in-and-out.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { emptyConsentState } from '../domain/consent/consent-state.ts';
import { toDoInstead } from '../domain/consent/status-sentence.ts';
import type { NumberRefusal } from '../domain/hygiene/number-verification.ts';
import { type Program, programById } from '../domain/program.ts';
import { contactById } from './find-contact.ts';
import { type DoorVerdict, noteVerdict, verifyAtEntry } from './lookup.ts';

/** What a person asked for on a form, a sheet or a call. */
type OptInRequest = Pick<Parameters<typeof optIn>[1], 'number' | 'channel' | 'language'> & {
  program: string;
  evidence: Record<string, string>;
  /** When a sheet was signed; null for any other channel. */
  signedAt: Date | null;
  actor: Actor;
  /** Where the request was entered. Kept as evidence. */
  door: 'api' | 'console';
  /** Identifies a repetition of the request; null when the request carries no Idempotency-Key. */
  cause: string | null;
};

type OptInOutcome =
  /** The prompt is planned, by this request or by an earlier attempt of it. */
  | { kind: 'prompted'; prompt: Prompted; verdict: DoorVerdict }
  | { kind: 'number-refused'; refused: NumberRefusal }
  | Extract<OptInResult, { kind: 'no-sender' | 'stopped' }>
  /** The request is recorded, and no prompt was sent. `todo`: what the person can do instead. */
  | { kind: 'refused'; why: string; todo: string };

/**
 * Asks the person by text to confirm. A form, sheet or call alone makes nobody a subscriber. Throws `CommandRefused`,
 * which names the field that cannot be used.
 */
export async function requestOptIn(context: AppContext, request: OptInRequest): Promise<OptInOutcome> {
  const { number, channel, language, cause } = request;
  const before = await earlierPrompt(context, request);
  // The earlier prompt may belong to a former holder of the number, so nothing found out now is stored with that
  // contact.
  if (before !== null) {
    const verdict = await verifyAtEntry(context, 'opt_ins', number);
    return { kind: 'prompted', prompt: before, verdict };
  }
  const program = usableProgram(context, request);
  const verdict = await verifyAtEntry(context, 'opt_ins', number);
  if (verdict.refused !== null) return { kind: 'number-refused', refused: verdict.refused };
  const result = await optIn(context, {
    ...{ number, program: program.id, channel, language },
    origin: { door: request.door, ...request.evidence },
    actor: actorText(request.actor),
    ...(cause === null ? {} : { cause }),
  });
  if (result === null) throw new CommandRefused('The program has ended.', 'program');
  if (result.kind === 'no-sender' || result.kind === 'stopped') return result;
  await noteVerdict(context, result.contact, verdict);
  if (result.kind === 'prompted') return { kind: 'prompted', prompt: result, verdict };
  // Another process may have planned the prompt while this one waited.
  const meanwhile = await earlierPrompt(context, request);
  if (meanwhile !== null) return { kind: 'prompted', prompt: meanwhile, verdict };
  const { contact, refusal, why, from } = result;
  const person = (await contactById(context, contact))?.person ?? emptyConsentState();
  return { kind: 'refused', why, todo: toDoInstead(person, program, from, refusal, context.now()) };
}

const earlierPrompt = async (
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'store'>,
  { number, cause }: OptInRequest,
): Promise<Prompted | null> => (cause === null ? null : earlierPromptOf(context, number, cause));

/** Throws `CommandRefused` when the request cannot be used as it is. */
function usableProgram(context: Pick<AppContext, 'catalog' | 'now'>, request: OptInRequest): Program {
  const catalog = context.catalog.current();
  const program = programById(catalog.book, request.program);
  if (program === null) throw new CommandRefused('There is no such program.', 'program');
  if (program.status === 'ended') throw new CommandRefused('The program has ended.', 'program');
  if (request.language !== null && !program.languages.includes(request.language))
    throw new CommandRefused('The program does not write in this language.', 'language');
  if (catalog.sender(request.number) !== null)
    throw new CommandRefused('This is one of our own numbers.', 'phone');
  if (request.signedAt !== null && request.signedAt > context.now())
    throw new CommandRefused('The time lies in the future.', 'evidence.signed_at');
  return program;
}
