import type { LineType, ReassignedFact, Untold } from '../../domain/hygiene/verifying.ts';

/** What Lookup said of one number. */
export type LookupTold = {
  valid: boolean;
  line: LineType | null;
  untoldLine: Untold | null;
  carrier: string | null;
  reassigned: ReassignedFact['answer'];
  untoldReassigned: Untold | null;
};

/** Twilio's words for kinds of line, and ours. What it may add some day is `unknown`. */
const LINES: Record<string, LineType> = {
  mobile: 'mobile',
  landline: 'landline',
  fixedVoip: 'fixed-voip',
  nonFixedVoip: 'non-fixed-voip',
  personal: 'personal',
  tollFree: 'toll-free',
  premium: 'premium',
  sharedCost: 'shared-cost',
  uan: 'company',
  voicemail: 'voicemail',
  pager: 'pager',
  unknown: 'unknown',
};

const REASSIGNED: Record<string, NonNullable<ReassignedFact['answer']>> = {
  yes: 'yes',
  no: 'no',
  no_data_available: 'no-data',
};

/** Error codes of a package, which say why it is silent. Source: Twilio error dictionary. */
const SILENCES: Record<number, Untold> = {
  60600: 'out-of-coverage',
  60610: 'out-of-coverage',
  60601: 'not-approved',
  60606: 'not-enabled',
};

const LONGEST_NAME = 100;

/**
 * Reads an answer of the v2 API. Only what has a known shape is taken: the rest may quote the number. Null where it is no
 * such answer.
 */
export function readLookup(status: number, body: string): LookupTold | null {
  const answer = parse(body);
  if (answer === null) return null;
  const silence = SILENCES[Number(answer.code)];
  if (status !== 200 && silence !== undefined) return silent(silence);
  if (status !== 200 || typeof answer.valid !== 'boolean') return null;
  const line = objectOf(answer.line_type_intelligence);
  const reassigned = objectOf(answer.reassigned_number);
  const type = typeof line.type === 'string' ? (LINES[line.type] ?? 'unknown') : null;
  const holder = REASSIGNED[String(reassigned.is_number_reassigned)] ?? null;
  return {
    valid: answer.valid,
    line: type,
    untoldLine: type === null ? silenceOf(line) : null,
    carrier: nameOf(line.carrier_name),
    reassigned: holder,
    untoldReassigned: holder === null ? silenceOf(reassigned) : null,
  };
}

const silenceOf = (part: Record<string, unknown>): Untold => SILENCES[Number(part.error_code)] ?? 'not-told';

/** Refused whole for the packages asked for: what the carrier says without them is nothing against the number. */
const silent = (why: Untold): LookupTold => ({
  valid: true,
  line: null,
  untoldLine: why,
  carrier: null,
  reassigned: null,
  untoldReassigned: why,
});

/** A name of a company; what could hold a number is none. */
function nameOf(name: unknown): string | null {
  if (typeof name !== 'string' || name.trim() === '' || /\d{5}/.test(name)) return null;
  return name.trim().slice(0, LONGEST_NAME);
}

function parse(body: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return null;
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
