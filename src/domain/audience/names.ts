/** Types of events, words of whoever tells them. */
export const EVENT_TYPE = /^[a-z0-9-]{2,40}$/;
export const EVENT_TYPE_LETTERS = '2 to 40 of a-z, 0-9 and "-"';

/** Names of lists and interests, ids as all others are. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const SLUG_LETTERS = '1 to 40 of a-z, 0-9 and "-"';

/** Ids become keys of plain objects further down; none may be a name that every object has. */
export const isEveryObjects = (name: string): boolean => name in {};
