/** Form of event types, which the sending systems choose. */
export const EVENT_TYPE = /^[a-z0-9-]{2,40}$/;
export const EVENT_TYPE_LETTERS = '2 to 40 of a-z, 0-9 and "-"';

/** Form of the names of lists and interests; the same as of other ids. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const SLUG_LETTERS = '1 to 40 of a-z, 0-9 and "-"';

/** Ids become keys of plain objects, so none may be a name that every object has. */
export const isEveryObjects = (name: string): boolean => name in {};

/**
 * What a segment may ask about a person other than consent: stored in the clear, since queries read it. Names, and
 * own fields that `isKeptSealed`, are stored sealed. Nothing here is consent or can change it.
 */
export type Profile = {
  /** "1990-02-28"; null when unknown. */
  birthDate: string | null;
  gender: 'female' | 'male' | 'other' | null;
  place: PostalPlace;
  interests: string[];
  /** Own fields of the installation, by name, with the type of their definition. */
  fields: Record<string, FieldValue>;
  lists: string[];
  stage: { name: string; since: Date } | null;
  /** Activity: one entry per UTC day and event type, of the newest 400 days. */
  days: ActivityDay[];
  /** When the score of `days` falls to one point (`fadesAt`). Engagement levels are queried by it. */
  fadesAt: Date | null;
  /** Whether the place determines one time zone, by the rules of `zonesOfPerson`. Derived from the place alone. */
  zoneSure: boolean;
};

export type PostalPlace = {
  /** ISO 3166-1 alpha-2, "US". */
  country: string | null;
  /** "CA"; only in the US and Canada. */
  state: string | null;
  city: string | null;
  /** Five digits in the US; upper case with a space in Canada. */
  zip: string | null;
  /** IANA zone that the person or a system of theirs stated; never a guess. */
  zone: string | null;
};

export const FIELD_TYPES = ['text', 'number', 'boolean', 'date'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];
export type FieldValue = string | number | boolean | Date;

/** An own field of the installation: its name as in a URL, its type, and its label. */
export type FieldDefinition = {
  name: string;
  type: FieldType;
  label: string;
  /** How the field's value identifies a person, to find duplicates; null when it does not. */
  identifies: Identifies | null;
};

/**
 * A mailbox and another number may be shared, so they count less than a value of one person, such as a customer
 * number.
 */
export const IDENTIFIES = ['mailbox', 'phone', 'person'] as const;
type Identifies = (typeof IDENTIFIES)[number];

/** Values by which a person can be reached other than by the texted number. */
export const KEPT_SEALED: readonly Identifies[] = ['mailbox', 'phone'];

/**
 * Whether values of a field are stored sealed, like numbers and names: nothing shows them, and no segment uses
 * them.
 */
export const isKeptSealed = ({ identifies }: Pick<FieldDefinition, 'identifies'>): boolean =>
  identifies !== null && KEPT_SEALED.includes(identifies);

/** Events of one type on one UTC day: their number, and the sum of their amounts. */
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
