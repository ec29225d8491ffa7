import { utcDay } from '../durations.ts';
import { isZoneSure } from '../hours/zones-of-person.ts';
import { faultsInPlace, readZip } from './places.ts';
import {
  EMPTY_PROFILE,
  type FieldDefinition,
  type FieldType,
  type FieldValue,
  type PostalPlace,
  type Profile,
} from './profile.ts';

const LONGEST_TEXT = 500;
const DAY_OR_TIME = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** The fault of a value of the wrong type. */
const WANTED: Record<FieldType, string> = {
  text: `It must be one line of text of 1 to ${LONGEST_TEXT} characters.`,
  number: 'It must be a number.',
  boolean: 'It must be true or false.',
  date: 'It must be a date, "2026-01-05", or a time with its zone, "2026-01-05T10:00:00Z".',
};

type Read = { value: FieldValue } | { fault: string };

/** Reads a JSON value of an own field by its definition. A date without a time is midnight in UTC. */
function readFieldValue({ type }: Pick<FieldDefinition, 'type'>, given: unknown): Read {
  const value = READERS[type](given);
  return value === null ? { fault: WANTED[type] } : { value };
}

const READERS: Record<FieldType, (given: unknown) => FieldValue | null> = {
  text: (given) => {
    if (typeof given !== 'string' || /[\p{Cc}\u2028\u2029]/u.test(given)) return null;
    const text = given.trim();
    return text.length > 0 && text.length <= LONGEST_TEXT ? text : null;
  },
  number: (given) => (typeof given === 'number' && Number.isFinite(given) ? given : null),
  boolean: (given) => (typeof given === 'boolean' ? given : null),
  date: (given) => (typeof given === 'string' ? readDate(given) : null),
};

function readDate(text: string): Date | null {
  const [, year = '', month = '', day = ''] = DAY_OR_TIME.exec(text) ?? [];
  if (year === '' || !isCalendarDate(`${year}-${month}-${day}`)) return null;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** Whether the date exists ("2024-02-30" does not). Years from 1880 to 2199. */
export function isCalendarDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1880 && year <= 2199 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Whether two values are equal; dates by their time. */
const isSameValue = (a: FieldValue | undefined, b: FieldValue | undefined): boolean =>
  a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;

export const GENDERS = ['female', 'male', 'other'] as const;
/** How far a person has come with the brand. An installation may add others. */
export const STAGES = ['lead', 'prospect', 'customer', 'churned'] as const;

/** Names of one person, for people to read only: stored sealed. */
export type ProfileNames = { first_name: string | null; last_name: string | null };

/**
 * What one request says about a person. An absent field stays as it is, null clears the field, a list replaces the
 * list; adding and removing by name leaves the rest of a list alone. Named as in the API, since faults and answers
 * name the fields.
 */
export type ProfileChanges = {
  first_name?: string | null | undefined;
  last_name?: string | null | undefined;
  birth_date?: string | null | undefined;
  gender?: Profile['gender'] | undefined;
  place?: { [Part in keyof PostalPlace]?: string | null | undefined } | null | undefined;
  interests?: readonly string[] | null | undefined;
  interests_add?: readonly string[] | undefined;
  interests_remove?: readonly string[] | undefined;
  lists?: readonly string[] | null | undefined;
  lists_add?: readonly string[] | undefined;
  lists_remove?: readonly string[] | undefined;
  stage?: string | null | undefined;
  /** Own fields by name, as in the JSON. */
  fields?: Readonly<Record<string, unknown>> | undefined;
};

type List = 'interests' | 'lists';
/** Most names in one list of a person. */
export const MOST_NAMES = 100;

export type FieldFault = { field: string; message: string };
/** The installation's definitions: its own fields by name, and every stage. */
export type ProfileDefinitions = {
  fields: ReadonlyMap<string, FieldDefinition>;
  stages: ReadonlySet<string>;
};
export type Described = { profile: Profile; names: ProfileNames };

/** A person about whom nothing is known. */
export const NOBODY: Described = { profile: EMPTY_PROFILE, names: { first_name: null, last_name: null } };

/** Either the person afterwards with the names of the changed fields, or every fault at once. */
type Applied =
  | { kind: 'applied'; after: Described; changed: string[] }
  | { kind: 'refused'; faults: FieldFault[] };

/** Applies changes to a person, all or none. The same changes again change nothing. */
export function applyChanges(
  before: Described,
  changes: ProfileChanges,
  known: ProfileDefinitions,
  now: Date,
): Applied {
  const place = placeAfter(before.profile.place, changes.place);
  const own = readOwnFields(changes.fields ?? {}, known.fields);
  const interests = listAfter(before.profile, changes, 'interests');
  const lists = listAfter(before.profile, changes, 'lists');
  const faults = [
    ...faultsInDates(changes, now),
    ...faultsInStage(changes, known),
    ...faultsInList(changes, 'interests', interests),
    ...faultsInList(changes, 'lists', lists),
    ...faultsOf(place, changes),
    ...own.faults,
  ];
  if (faults.length > 0) return { kind: 'refused', faults };
  const { profile, names } = before;
  const after: Described = {
    names: {
      first_name: given(changes.first_name, names.first_name),
      last_name: given(changes.last_name, names.last_name),
    },
    profile: {
      birthDate: given(changes.birth_date, profile.birthDate),
      gender: given(changes.gender, profile.gender),
      place,
      interests,
      fields: fieldsAfter(profile.fields, own.values),
      lists,
      stage: stageAfter(profile.stage, changes.stage, now),
      days: profile.days,
      fadesAt: profile.fadesAt,
      zoneSure: isZoneSure(place),
    },
  };
  return { kind: 'applied', after, changed: differences(before, after) };
}

/** Faults of changes that are faults for any person. Every other fault reveals something about the stored person. */
export function faultsOfAnybody(changes: ProfileChanges, known: ProfileDefinitions, now: Date): FieldFault[] {
  const applied = applyChanges(NOBODY, changes, known, now);
  return applied.kind === 'refused' ? applied.faults : [];
}

const given = <T>(change: T | undefined, before: T): T => (change === undefined ? before : change);

function placeAfter(before: PostalPlace, changes: ProfileChanges['place']): PostalPlace {
  if (changes === undefined) return before;
  const cleared = { country: null, state: null, city: null, zip: null, zone: null };
  if (changes === null) return cleared;
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  const place: PostalPlace = { ...before, ...(Object.fromEntries(set) as Partial<PostalPlace>) };
  return { ...place, zip: place.zip === null ? null : (readZip(place.zip, place.country) ?? place.zip) };
}

/** A list as an ordered set, so that the same set again is no change. */
function listAfter(before: Profile, changes: ProfileChanges, list: List): string[] {
  const { [list]: whole, [`${list}_add` as const]: added, [`${list}_remove` as const]: removed } = changes;
  if (whole === undefined && added === undefined && removed === undefined) return before[list];
  const names = new Set([...(whole === undefined ? before[list] : (whole ?? [])), ...(added ?? [])]);
  for (const name of removed ?? []) names.delete(name);
  return [...names].sort();
}

function faultsInList(changes: ProfileChanges, list: List, after: readonly string[]): FieldFault[] {
  const { [list]: whole, [`${list}_add` as const]: added, [`${list}_remove` as const]: removed } = changes;
  const field = `${list}_add`;
  if (whole !== undefined && (added !== undefined || removed !== undefined)) {
    return [{ field: list, message: 'Give either the whole list, or what is added and removed.' }];
  }
  if (added?.some((name) => removed?.includes(name)))
    return [{ field, message: 'A name is both added and removed.' }];
  if (added === undefined || after.length <= MOST_NAMES) return [];
  return [{ field, message: `The contact would be in more than ${MOST_NAMES}.` }];
}

function stageAfter(before: Profile['stage'], name: string | null | undefined, now: Date): Profile['stage'] {
  if (name === undefined || name === before?.name) return before;
  return name === null ? null : { name, since: now };
}

function fieldsAfter(before: Profile['fields'], values: ReadonlyMap<string, FieldValue | null>) {
  const kept = Object.entries(before).filter(([name]) => !values.has(name));
  const set = [...values].filter((entry): entry is [string, FieldValue] => entry[1] !== null);
  return Object.fromEntries([...kept, ...set]);
}

function readOwnFields(fields: Readonly<Record<string, unknown>>, definitions: ProfileDefinitions['fields']) {
  const values = new Map<string, FieldValue | null>();
  const faults: FieldFault[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const definition = definitions.get(name);
    const field = `fields.${name}`;
    if (definition === undefined) faults.push({ field, message: 'There is no own field of this name.' });
    else if (value === null) values.set(name, null);
    else {
      const read = readFieldValue(definition, value);
      if ('fault' in read) faults.push({ field, message: read.fault });
      else values.set(name, read.value);
    }
  }
  return { values, faults };
}

function faultsInDates({ birth_date }: ProfileChanges, now: Date): FieldFault[] {
  if (birth_date === undefined || birth_date === null) return [];
  const field = 'birth_date';
  if (!isCalendarDate(birth_date))
    return [{ field, message: 'It must be a date of the calendar, "1990-02-28".' }];
  return birth_date > utcDay(now) ? [{ field, message: 'It lies in the future.' }] : [];
}

function faultsInStage({ stage }: ProfileChanges, { stages }: ProfileDefinitions): FieldFault[] {
  if (stage === undefined || stage === null || stages.has(stage)) return [];
  return [{ field: 'stage', message: 'There is no such stage. GET /stages lists them.' }];
}

/** When a part of a place changes, the whole place is validated, including what was stored before. */
const faultsOf = (place: PostalPlace, changes: ProfileChanges): FieldFault[] =>
  changes.place === undefined
    ? []
    : faultsInPlace(place).map(({ field, message }) => ({ field: `place.${field}`, message }));

function differences(before: Described, after: Described): string[] {
  const [was, is] = [before.profile, after.profile];
  const parts = Object.keys(is.place) as (keyof PostalPlace)[];
  const names = new Set([...Object.keys(was.fields), ...Object.keys(is.fields)]);
  const found: [string, boolean][] = [
    ['first_name', before.names.first_name !== after.names.first_name],
    ['last_name', before.names.last_name !== after.names.last_name],
    ['birth_date', was.birthDate !== is.birthDate],
    ['gender', was.gender !== is.gender],
    ...parts.map((part): [string, boolean] => [`place.${part}`, was.place[part] !== is.place[part]]),
    ['interests', was.interests.join() !== is.interests.join()],
    ['lists', was.lists.join() !== is.lists.join()],
    ['stage', was.stage?.name !== is.stage?.name],
    ...[...names].map((name): [string, boolean] => [
      `fields.${name}`,
      !isSameValue(was.fields[name], is.fields[name]),
    ]),
  ];
  return found.filter(([, differs]) => differs).map(([field]) => field);
}
