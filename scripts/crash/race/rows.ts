import type { HandOver, Row } from './evidence.ts';
import type { Facts } from './facts.ts';

/** States that say a message did not reach the carrier. */
const NOT_SENT = ['planned', 'sending', 'skipped', 'canceled', 'expired'];

/** States that say it did. */
const SENT = ['accepted', 'sent', 'delivered'];

/** P5: messages beyond the first of one delivery, or of one campaign text. */
export function doubled({ evidence }: Facts): HandOver[] {
  const made = evidence.handOvers.filter((one) => one.made);
  const byDelivery = beyondFirst(made, (one) => one.delivery);
  const byText = beyondFirst(made, (one) => /#([\w-]+)$/.exec(one.body)?.[1] ?? null);
  return byDelivery.length >= byText.length ? byDelivery : byText;
}

function beyondFirst(made: readonly HandOver[], keyOf: (one: HandOver) => string | null): HandOver[] {
  const seen = new Set<string>();
  return made.filter((one) => {
    const key = keyOf(one);
    const before = key !== null && seen.has(key);
    if (key !== null) seen.add(key);
    return before;
  });
}

/** P5: rows that are planned and gone, or open when all is quiet. */
export function unfinished({ evidence, rows }: Facts): string[] {
  const gone = evidence.planned.filter((id) => !rows.has(id)).map((id) => `${id} (gone)`);
  return [...gone, ...evidence.rows.filter((row) => row.open).map((row) => `${row.id} (${row.state})`)];
}

/** P5: rows of which the database says that they went, or did not, while the carrier says the opposite. */
export function misstated(facts: Facts): Row[] {
  const { evidence } = facts;
  const made = new Set(evidence.handOvers.filter((one) => one.made).map((one) => one.delivery));
  return evidence.rows.filter((row) =>
    made.has(row.id) ? NOT_SENT.includes(row.state) : SENT.includes(row.state) && !isUnread(facts, row),
  );
}

/** Messages whose callback names no row of the database. */
export function fromNowhere({ evidence, rows }: Facts): HandOver[] {
  return evidence.handOvers.filter((one) => !rows.has(one.delivery ?? ''));
}

export const unknown = ({ evidence }: Facts): Row[] => evidence.rows.filter((row) => row.state === 'unknown');

/** Rows whose outcome nobody knows although no process died or froze while they were flagged, and the carrier answered. */
export function unknownForNothing(facts: Facts): Row[] {
  const unanswered = facts.evidence.handOvers
    .filter((one) => one.unanswered || isTooLate(facts, one))
    .map((one) => one.delivery);
  const explained = new Set([...facts.evidence.flagged, ...unanswered]);
  const wasStruck = ({ owner }: Row): boolean => owner !== null && facts.evidence.struck.has(owner);
  return unknown(facts).filter((row) => !explained.has(row.id) && !wasStruck(row) && !isUnread(facts, row));
}

/** The carrier answered it when it had been given up. */
function isTooLate({ begun }: Facts, { delivery, epoch, answeredAt }: HandOver): boolean {
  const ended = begun.get(`${delivery}.${epoch}`)?.ended;
  return ended != null && answeredAt !== null && ended < answeredAt;
}

/** An answer in TwiML that the carrier had stopped waiting for, or had taken silence for. */
function isUnread({ texts, evidence }: Facts, { id, answers }: Row): boolean {
  const text = texts.get(answers ?? '');
  return text !== undefined && (text.unread || text.spooled || evidence.silent.has(id));
}
