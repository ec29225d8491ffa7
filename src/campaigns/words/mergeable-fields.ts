import { type FieldDefinition, isKeptSealed } from '../../domain/audience/profile.ts';
import { readContactFields } from '../../store/people/contact-fields.ts';
import type { Store } from '../../store/store.ts';

type OwnFields = Record<'fields' | 'flags' | 'sealed', ReadonlySet<string>>;

/** Names of own fields that a text can show, of those that are a yes or no, which has no words, and of sealed ones. */
export async function mergeableFields(store: Store): Promise<OwnFields> {
  const all = await readContactFields(store);
  const [sealed, open] = [all.filter(isKeptSealed), all.filter((one) => !isKeptSealed(one))];
  const isFlag = ({ type }: FieldDefinition): boolean => type === 'boolean';
  return {
    fields: namesOf(open.filter((one) => !isFlag(one))),
    flags: namesOf(open.filter(isFlag)),
    sealed: namesOf(sealed),
  };
}

const namesOf = (fields: readonly FieldDefinition[]) => new Set(fields.map(({ name }) => name));
