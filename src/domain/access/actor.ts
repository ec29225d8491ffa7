const KINDS = ['key', 'staff', 'job'] as const;

/** Who does something: an API key, a member of staff at the console, or a job. `id` is unique within its kind. */
export type Actor = { kind: (typeof KINDS)[number]; id: string };

/** The actor as ledger, audit trail and documents store it: `key:ab12`, `staff:rosa`, `job:age-consents`. */
export const actorText = ({ kind, id }: Actor): string => `${kind}:${id}`;

/** The actor as documents of campaigns, templates and merges store who did something: of a key the id alone. */
export const storedActor = (actor: Actor): string => (actor.kind === 'key' ? actor.id : actorText(actor));

/** Reads `actorText` back. An id alone is that of an API key, as documents of campaigns and templates store it. */
export function readActor(text: string): Actor {
  const kind = KINDS.find((known) => text.startsWith(`${known}:`));
  return kind === undefined ? { kind: 'key', id: text } : { kind, id: text.slice(kind.length + 1) };
}
