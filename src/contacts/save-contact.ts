import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit, recordTriedNumber } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { PlaceNote } from '../domain/contacts/place-notes.ts';
import type { FieldFault } from '../domain/contacts/profile-changes.ts';
import type { NumberRefusal } from '../domain/hygiene/number-verification.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { type DoorVerdict, noteVerdict, verifyAtEntry } from './lookup.ts';
import { numbersIn, type Tries, takeTries } from './number-tries.ts';
import { faultsOfRequest, readKnown, type Saved, type SaveRequest, saveProfiles } from './profiles.ts';

type SavedProfile = {
  kind: 'saved';
  contact: string;
  created: boolean;
  changed: string[];
  notes: PlaceNote[];
};

type SaveOutcome =
  /** `verdict`: what was found out about a number that was new; null for a known number. */
  | (SavedProfile & { verdict: DoorVerdict | null })
  /** The key may not learn whether the number was known, nor whether anything was saved. */
  | { kind: 'untold' }
  | { kind: 'own-number' }
  | { kind: 'faults'; faults: readonly FieldFault[] }
  | { kind: 'number-refused'; refused: NumberRefusal }
  | { kind: 'erased' };

/**
 * Saves a person's profile. Makes nobody a subscriber, and changes no consent. Checks faults that do not depend on
 * the number's holder before it reads any contact. `tries`: null for a key that must not learn whether the number was
 * known. Throws `TriesSpent`.
 */
export async function saveContact(
  context: AppContext,
  request: SaveRequest,
  { actor, tries }: { actor: Actor; tries: Tries | null },
): Promise<SaveOutcome> {
  if (isOwnNumber(context, request)) return { kind: 'own-number' };
  const faults = await faultsOfRequest(context, request);
  if (faults.length > 0) return { kind: 'faults', faults };
  if (tries === null) return saveUntold(context, request, actor);
  const { fields } = (await readKnown(context.store)).known;
  await takeTries(context, numbersIn(request, fields), tries);
  const verdict = await verdictOnNew(context, request.number);
  if (verdict !== null && verdict.refused !== null) {
    await recordTriedNumber(context, actor, null);
    return { kind: 'number-refused', refused: verdict.refused };
  }
  const [result] = await saveProfiles(context, [request]);
  if (result === undefined) throw new Error('a request had no result');
  if (result.kind !== 'saved') {
    await recordTriedNumber(context, actor, result.contact);
    return result.kind === 'erased' ? { kind: 'erased' } : { kind: 'faults', faults: result.faults };
  }
  const { contact, created, changed, notes } = result;
  if (verdict !== null) await noteVerdict(context, contact, verdict);
  await recordSaved(context, actor, result);
  return { kind: 'saved', contact, created, changed, notes, verdict };
}

export const isOwnNumber = ({ catalog }: Pick<AppContext, 'catalog'>, { number }: SaveRequest): boolean =>
  catalog.current().sender(number) !== null;

/**
 * Skips the carrier's check of a new number, since its answer would take longer than that of a known one. A refusal
 * because of the stored person is answered like a success.
 */
async function saveUntold(context: AppContext, request: SaveRequest, actor: Actor): Promise<SaveOutcome> {
  const [result] = await saveProfiles(context, [request]);
  if (result?.kind === 'saved') await recordSaved(context, actor, result);
  else await recordTriedNumber(context, actor, result?.contact ?? null);
  return { kind: 'untold' };
}

const recordSaved = (
  context: Pick<AppContext, 'audit' | 'log'>,
  actor: Actor,
  { contact, created, changed }: Saved,
): Promise<void> =>
  recordAudit(context, {
    ...{ actor, act: 'profile-saved', subject: personSubject(contact) },
    details: { created, changed: changed.length },
  });

/** Null for a number that somebody holds: it is on the list already. */
async function verdictOnNew(context: AppContext, number: string): Promise<DoorVerdict | null> {
  const [holder] = await findHolders(context.store, [context.indexOf(number)]);
  return holder === undefined ? verifyAtEntry(context, 'contacts', number) : null;
}
