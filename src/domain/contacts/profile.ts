/** Types of events, words of whoever tells them. */
export const EVENT_TYPE = /^[a-z0-9-]{2,40}$/;
export const EVENT_TYPE_LETTERS = '2 to 40 of a-z, 0-9 and "-"';

/** Names of lists and interests, ids as all others are. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const SLUG_LETTERS = '1 to 40 of a-z, 0-9 and "-"';

/** Ids become keys of plain objects further down; none may be a name that every object has. */
export const isEveryObjects = (name: string): boolean => name in {};

/**
 * What a segment may ask about a person beside consent: one part of the contact, in the clear, since queries read
 * it. Names, and own fields that `isKeptSealed`, are sealed where they are stored. Nothing here is consent, and nothing
 * here can change it.
 */
export type Profile = {
  /** "1990-02-28"; null where unknown. */
  birthDate: string | null;
  gender: 'female' | 'male' | 'other' | null;
  place: PostalPlace;
  interests: string[];
  /** Own fields of the installation, by name, of the type its definition says. */
  fields: Record<string, FieldValue>;
  lists: string[];
  stage: { name: string; since: Date } | null;
  /** What the person did, a row a day and event type; the newest 400 days. */
  days: ActivityDay[];
  /** When the score of the days falls to one point (`fadesAt`): what engagement levels are asked by. */
  fadesAt: Date | null;
  /** Whether the place leaves one time zone, by the rules of `zonesOfPerson`; it follows from the place alone. */
  zoneSure: boolean;
};

export type PostalPlace = {
  /** ISO 3166-1 alpha-2, "US". */
  country: string | null;
  /** "CA"; of the US and Canada alone. */
  state: string | null;
  city: string | null;
  /** Five digits in the US, upper case with its space in Canada. */
  zip: string | null;
  /** IANA zone the person or their system told, not one guessed. */
  zone: string | null;
};

export const FIELD_TYPES = ['text', 'number', 'boolean', 'date'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];
export type FieldValue = string | number | boolean | Date;

/** A field the installation made: its name as in a URL, its type, and how people call it. */
export type FieldDefinition = {
  name: string;
  type: FieldType;
  label: string;
  /** How the field's value identifies a person, by which duplicates are found; null where it does not. */
  identifies: Identifies | null;
};

/** A mailbox and another number may be shared, and count for less than what one person has: a customer number. */
export const IDENTIFIES = ['mailbox', 'phone', 'person'] as const;
type Identifies = (typeof IDENTIFIES)[number];

/** What reaches a person beside the number that texts go to. */
export const KEPT_SEALED: readonly Identifies[] = ['mailbox', 'phone'];

/** Whether values of a field are stored sealed, as numbers and names are: nothing shows them, and nothing asks by them. */
export const isKeptSealed = ({ identifies }: Pick<FieldDefinition, 'identifies'>): boolean =>
  identifies !== null && KEPT_SEALED.includes(identifies);

/** Events of one type on one day in UTC: how many, and the sum of their amounts. */
export type ActivityDay = { type: string; day: Date; count: number; sum: number };

export const EMPTY_PROFILE: Profile = {
  birthDate: null,
  gender: null,
  place: { country: null, state: null, city: null, zip: null, zone: null },
  interests: [],
  fields: {},
  lists: [],
  stage: null,
  days: [],
  fadesAt: null,
  zoneSure: false,
};
