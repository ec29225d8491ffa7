import { type FieldDefinition, isKeptSealed } from '../../domain/audience/profile.ts';
import { readContactFields } from '../../store/people/contact-fields.ts';
import type { Store } from '../../store/store.ts';

type OwnFields = { fields: ReadonlySet<string>; sealed: ReadonlySet<string> };

/** Names of own fields that a text can show, for which a yes or no has no words, and of those that nothing shows. */
export async function mergeableFields(store: Store): Promise<OwnFields> {
  const all = await readContactFields(store);
  const [sealed, open] = [all.filter(isKeptSealed), all.filter((one) => !isKeptSealed(one))];
  return { fields: namesOf(open.filter(({ type }) => type !== 'boolean')), sealed: namesOf(sealed) };
}

const namesOf = (fields: readonly FieldDefinition[]) => new Set(fields.map(({ name }) => name));
