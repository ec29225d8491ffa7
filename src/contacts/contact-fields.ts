import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { FieldDefinition } from '../domain/contacts/profile.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { readContactFields, readListNames, writeContactField } from '../store/contacts/profiles.ts';

/** Most own fields of one installation. */
const MOST_FIELDS = 200;

/** Lists the own fields of contacts in the order of their names. */
export async function listContactFields(
  { store }: Pick<AppContext, 'store'>,
  { after, limit }: PageRequest,
): Promise<Page<FieldDefinition>> {
  const later = (await readContactFields(store)).filter(({ name }) => name > (after ?? ''));
  const { items, next } = cutPage(later, limit, ({ name }) => name);
  return { items: items.map(({ used: _, ...definition }) => definition), next };
}

/** `identifies` absent: a text field keeps what it identifies. */
type FieldRequest = Omit<FieldDefinition, 'identifies'> & {
  identifies?: FieldDefinition['identifies'] | undefined;
};

type FieldOutcome =
  | { kind: 'defined'; definition: FieldDefinition }
  | { kind: 'fault'; field: 'identifies' | 'name'; message: string }
  /** People have values of the field, so its type and its sealing stay as they are. */
  | { kind: 'in-use' };

/**
 * Defines an own field, or changes its label. Once a person has a value of the field, its type and its sealing stay as
 * they are.
 */
export async function defineContactField(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  { name, type, label, ...asked }: FieldRequest,
  actor: Actor,
): Promise<FieldOutcome> {
  const all = await readContactFields(context.store);
  const before = all.find((field) => field.name === name);
  const kept = type === 'text' ? (before?.identifies ?? null) : null;
  const { identifies = kept } = asked;
  const definition = { name, type, label, identifies };
  if (identifies !== null && type !== 'text')
    return { kind: 'fault', field: 'identifies', message: 'Only a text tells who somebody is.' };
  if (before === undefined && all.length >= MOST_FIELDS) {
    const message = `There are ${MOST_FIELDS} fields already, the most there can be.`;
    return { kind: 'fault', field: 'name', message };
  }
  if (!(await writeContactField(context.store, definition))) return { kind: 'in-use' };
  await recordAudit(context, { actor, act: 'field-defined', subject: { kind: 'field', id: name } });
  return { kind: 'defined', definition };
}

/** Lists the names of the lists that people are on, in order. */
export async function listNamesOfLists(
  { store }: Pick<AppContext, 'store'>,
  { after, limit }: PageRequest,
): Promise<Page<string>> {
  return cutPage(await readListNames(store, { after, limit: limit + 1 }), limit, (name) => name);
}
