import { openEntry } from '../../../../src/consent/ledger/ledger.ts';
import { isStanding } from '../../../../src/domain/consent/suppression.ts';
import type { ConsentEventDoc } from '../../../../src/store/consent/consent-events.ts';
import type { OpenContact } from '../../../../src/store/contacts/open-contact.ts';
import { PROGRAM_IDS } from '../programs.ts';
import type { ChainEntry, PersonEvidence } from './evidence.ts';

/** What the database says of one person, in the open. */
export function factsOf(
  { number, person, keys }: OpenContact,
  chain: readonly ConsentEventDoc[],
): PersonEvidence {
  return {
    number,
    subscriptions: person.subscriptions.map(({ program, state, topics, basis }) => ({
      ...{ program, topics, subscribed: state === 'subscribed', seq: basis?.seq ?? null },
    })),
    standing: person.suppressions
      .filter((row) => row.kind === 'opt-out')
      .map((row) => ({
        scope: row.scope,
        programs: PROGRAM_IDS.filter((program) => isStanding(row, program)),
      })),
    held: person.suppressions
      .filter((row) => row.kind === 'hold' && row.scope === 'all')
      .flatMap((row) => PROGRAM_IDS.filter((program) => isStanding(row, program))),
    entries: chain.map((event) => entryOf(event, keys.evidence)),
  };
}

function entryOf(event: ConsentEventDoc, key: Buffer): ChainEntry {
  const { seq, kind, program, topics, scope, answers } = event;
  const { messageSid, origin } = openEntry(event, key) ?? {};
  return {
    seq,
    kind,
    program,
    topics,
    scope,
    answers,
    cause: messageSid?.[1] ?? tokenIn(origin?.[1]),
    wall: event.recordedAt.getTime(),
    acted: event.actedAt.getTime(),
  };
}

/** The token that a call of the API carried as its reason. */
function tokenIn(origin: string | undefined): string | null {
  if (origin === undefined) return null;
  const { reason } = JSON.parse(origin) as { reason?: unknown };
  return typeof reason === 'string' ? reason : null;
}
