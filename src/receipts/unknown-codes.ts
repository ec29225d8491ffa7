import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { DAY_MS } from '../domain/durations.ts';
import { type ClassedCode, classFault, ERROR_CODES, NO_CODE } from '../domain/hygiene/error-codes.ts';
import { countBouncesAnew } from '../reports/list-quality.ts';
import {
  readClassedCodes,
  type UnknownCode,
  unknownCodes,
  writeClassedCode,
} from '../store/senders/error-codes.ts';

/** Failures of this many days are read. */
const UNKNOWN_DAYS = 90;

/** A code that is not in the table, with a person's classification; null while it waits for one. */
type Waiting = UnknownCode & { classed: ClassedCode | null };

/** Codes of the last ninety days that are not in the table: unclassified ones first, then the most frequent. */
export async function readUnknownCodes({
  store,
  now,
}: Pick<AppContext, 'store' | 'now'>): Promise<readonly Waiting[]> {
  const since = new Date(now().getTime() - UNKNOWN_DAYS * DAY_MS);
  const known = ERROR_CODES.map(({ code }) => code);
  const [found, decided] = await Promise.all([unknownCodes(store, since, known), readClassedCodes(store)]);
  const all = found.map((unknownCode) => ({
    ...unknownCode,
    classed: decided.get(unknownCode.code ?? NO_CODE) ?? null,
  }));
  return [...all.filter(({ classed }) => classed === null), ...all.filter(({ classed }) => classed !== null)];
}

/** How many codes wait for a person. */
export async function countUnknownCodes(context: Pick<AppContext, 'store' | 'now'>): Promise<number> {
  return (await readUnknownCodes(context)).filter(({ classed }) => classed === null).length;
}

/** How many codes a person classified. */
export const countClassedCodes = async ({ store }: Pick<AppContext, 'store'>): Promise<number> =>
  (await readClassedCodes(store)).size;

/** Logs a line for each unclassified code seen on the last day. Called once a day, so one line per code and day. */
export async function logUnknownCodes(context: Pick<AppContext, 'log' | 'now' | 'store'>): Promise<void> {
  const yesterday = context.now().getTime() - DAY_MS;
  for (const { code, messages, lastAt, example, classed } of await readUnknownCodes(context)) {
    if (classed !== null || lastAt.getTime() < yesterday) continue;
    const fields = { code, messages, delivery: example };
    context.log.warn(fields, 'messages fail with unknown error codes: see GET /error-codes/unknown');
  }
}

/** An unknown code after its classification. `firstAt`, `lastAt` and `example`: null when nothing failed with it lately. */
type Classified = Pick<UnknownCode, 'code' | 'messages'> & {
  firstAt: Date | null;
  lastAt: Date | null;
  example: string | null;
  classed: ClassedCode;
};

type ClassificationRequest = { code: string; class: ClassedCode['class']; note: string; actor: Actor };

/**
 * Classifies an unknown code, or `none` for failures without a code. The last classification counts. Answers with a
 * fault when the class does not suit the code.
 */
export async function classifyUnknownCode(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { code, class: wanted, note, actor }: ClassificationRequest,
): Promise<{ kind: 'classified'; found: Classified } | { kind: 'fault'; message: string }> {
  const message = classFault(code, wanted);
  if (message !== null) return { kind: 'fault', message };
  const classed = { class: wanted, note, by: actorText(actor), at: context.now() };
  await writeClassedCode(context.store, code, classed);
  await countBouncesAnew(context);
  const subject = { kind: 'error-code', id: code } as const;
  await recordAudit(context, {
    actor,
    act: 'error-code-classed',
    subject,
    reason: note,
    details: { class: wanted },
  });
  const named = code === NO_CODE ? null : code;
  const known = (await readUnknownCodes(context)).find((unknown) => unknown.code === named);
  const never = { code: named, messages: 0, firstAt: null, lastAt: null, example: null };
  return { kind: 'classified', found: { ...(known ?? never), classed } };
}
