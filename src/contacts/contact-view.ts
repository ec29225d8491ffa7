import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { describeContact } from '../consent/contact-refs.ts';
import type { Actor } from '../domain/access/actor.ts';
import { isStanding } from '../domain/consent/suppression.ts';
import { notesOnPlace, type PlaceNote } from '../domain/contacts/place-notes.ts';
import { EMPTY_PROFILE, type FieldValue, isKeptSealed, type Profile } from '../domain/contacts/profile.ts';
import { mask } from '../domain/numbers.ts';
import type { Language } from '../domain/program.ts';
import { findFormer, type StoredValue } from '../store/contacts/contacts.ts';
import { openNames, readContactFields } from '../store/contacts/profiles.ts';
import { failingNow } from './contact-status.ts';
import { contactById, holderOf } from './find-contact.ts';

type ProfileView = Pick<Profile, 'birthDate' | 'gender' | 'place' | 'interests' | 'lists' | 'stage'> & {
  id: string;
  masked: string;
  /** Own fields whose value may be shown. */
  fields: Record<string, FieldValue>;
  /** Names of what is known too and may not be shown: `first_name`, `fields.work_mail`. */
  sealed: string[];
  createdAt: Date;
  notes: PlaceNote[];
};

/**
 * A person's profile. For a sealed field it says only that a value exists. Null when there is no such contact. Writes
 * an audit entry.
 */
export async function showProfile(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  id: string,
  actor: Actor,
): Promise<ProfileView | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const { number, stored } = contact;
  const { birthDate, gender, place, interests, lists, stage, fields } = stored.profile ?? EMPTY_PROFILE;
  const kept = (await readContactFields(context.store)).filter(isKeptSealed).map(({ name }) => name);
  const isOpen = (field: [string, StoredValue]): field is [string, FieldValue] =>
    !Buffer.isBuffer(field[1]) && !kept.includes(field[0]);
  const own = Object.entries(fields);
  const names = Object.entries(openNames(context.ring, stored)).filter(([, name]) => name !== null);
  await recordAudit(context, { actor, act: 'profile-shown', subject: personSubject(id) });
  return {
    ...{ id, masked: mask(number), birthDate, gender, place, interests, lists, stage },
    fields: Object.fromEntries(own.filter(isOpen)),
    sealed: [
      ...names.map(([name]) => name),
      ...own.filter((field) => !isOpen(field)).map(([name]) => `fields.${name}`),
    ],
    createdAt: stored.createdAt,
    notes: notesOnPlace(place),
  };
}

/** Most former holders of one number in an answer. */
const MOST_FORMER = 20;

type LookUpRequest = { phone: string; reason: string; actor: Actor; seesFormer: boolean };

/** `former`: ids of the contacts that had the number before, newest first; null for a key that may not see them. */
type FoundHolder = { masked: string; former: string[] | null } & (
  | { kind: 'holder'; id: string; sentence: string; language: Language | null; createdAt: Date }
  /** `isSuppressed`: a suppression outlived its former holder. */
  | { kind: 'nobody'; isSuppressed: boolean }
);

/**
 * Finds the holder of a number. A key that may read evidence also gets former holders, because a claim is about the
 * holder of that time. Writes an audit entry, whoever is found.
 */
export async function lookUpNumber(
  context: AppContext,
  { phone, reason, actor, seesFormer }: LookUpRequest,
): Promise<FoundHolder> {
  const { contact, person } = await holderOf(context, phone);
  const former = seesFormer ? await findFormer(context.store, context.indexOf(phone), MOST_FORMER) : null;
  const subject = contact === null ? null : personSubject(contact.id);
  const details = { former: former?.length ?? null };
  await recordAudit(context, { actor, act: 'number-looked-up', subject, reason, details });
  if (contact === null) {
    const isSuppressed = person.suppressions.some((row) => isStanding(row, null));
    return { kind: 'nobody', isSuppressed, masked: mask(phone), former };
  }
  const { contact: ref, sentence } = describeContact(context, contact, await failingNow(context, contact));
  const { language } = person;
  return { kind: 'holder', ...ref, sentence, language, createdAt: contact.stored.createdAt, former };
}
