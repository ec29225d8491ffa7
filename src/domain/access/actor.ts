/** Who does something: an API key, a member of staff at the console, or a job. `id` is unique within its kind. */
export type Actor = { kind: 'key' | 'staff' | 'job'; id: string };

/** The actor as ledger, audit trail and documents store it: `key:ab12`, `staff:rosa`, `job:age-consents`. */
export const actorText = ({ kind, id }: Actor): string => `${kind}:${id}`;
