import { type Actor, actorText } from '../domain/access/actor.ts';
import type { Scope } from '../domain/consent/suppression.ts';
import { isConcurrentWrite } from '../store/consent/commit.ts';
import { isDatabaseBusy, isDatabaseFailure } from '../store/database-errors.ts';
import { KeyMissing } from '../store/sealing/keys.ts';
import type { AppContext } from './app-context.ts';
import { recordAudit } from './audit/audit.ts';
import { type OptOutContext, type OptOutRequest, optOut } from './opt-in-and-out.ts';

type ListContext = OptOutContext & Pick<AppContext, 'audit' | 'now'>;

/** One line of a long list of opt-outs. `Fault`: what is wrong with a line that names no opt-out. */
export type OptOutLine<Fault> = { line: number } & ({ request: OptOutRequest } | { faults: Fault[] });

/**
 * Why a line is not known to be in force: the database did not answer; the line was not tried, because of that; no key
 * of this process opens the person's data; or the program has a fault.
 */
export type ListFailure = 'no-answer' | 'not-tried' | 'no-key' | 'fault';

export type OptOutLineResult<Fault> = { line: number } & (
  | { kind: 'in-force'; scopes: Scope[]; at: Date }
  | { kind: 'refused'; faults: Fault[] }
  | { kind: 'failed'; why: ListFailure; error?: unknown }
);

export type OptOutListReport = { lines: number; inForce: number; refused: number; failed: number };

/**
 * Opt-outs under way at once. They share the transactions and the reads of their waits, so that many cost little more
 * than one; more of them would hold other requests up.
 */
const AT_ONCE = 200;

/** An error is logged for this many lines of a list. */
const MOST_LOGGED = 5;

/**
 * Opts the people of a long list out, in the order of lines. Each result says what is so when it is yielded, as for a
 * single opt-out: `in-force` only once what was planned is canceled and what was claimed has settled. The last item
 * is the report. Once the database gives no answer, the remaining lines fail without a try. Rejects where it gives none
 * for the first line. The same list again changes nothing more.
 */
export async function* optOutList<Fault>(
  context: ListContext,
  lines: AsyncIterable<OptOutLine<Fault>>,
  actor: Actor,
): AsyncGenerator<OptOutLineResult<Fault> | OptOutListReport> {
  const report: OptOutListReport = { lines: 0, inForce: 0, refused: 0, failed: 0 };
  await recordAudit(context, { actor, act: 'opt-outs-begun', subject: null });
  const run = createRun<Fault>(context, actor);
  const underWay: Promise<OptOutLineResult<Fault>>[] = [];
  const next = async () => count(report, (await underWay.shift()) as OptOutLineResult<Fault>);
  for await (const line of lines) {
    underWay.push(run(line));
    if (underWay.length >= AT_ONCE) yield await next();
  }
  while (underWay.length > 0) yield await next();
  await recordCounts(context, actor, report);
  yield report;
}

/**
 * Records how the list ended. The opt-outs are in force, and the ledger names who asked for each: their report does not
 * wait for a database that is away.
 */
async function recordCounts(context: ListContext, actor: Actor, report: OptOutListReport): Promise<void> {
  try {
    await recordAudit(context, { actor, act: 'opt-outs-listed', subject: null, details: report });
  } catch (error) {
    const fields = { by: actorText(actor), ...report, error };
    context.log.error(fields, 'the end of a list of opt-outs is not in the audit trail');
  }
}

const COUNTED = { 'in-force': 'inForce', refused: 'refused', failed: 'failed' } as const;

function count<Fault>(report: OptOutListReport, result: OptOutLineResult<Fault>): OptOutLineResult<Fault> {
  if (report.lines === 0 && result.kind === 'failed' && result.why === 'no-answer') throw result.error;
  report.lines += 1;
  report[COUNTED[result.kind]] += 1;
  return result;
}

/** Takes one line. Never rejects. */
function createRun<Fault>(context: ListContext, actor: Actor) {
  const by = actorText(actor);
  let isAway = false;
  let logged = 0;
  const failed = (line: number, error: unknown): OptOutLineResult<Fault> => {
    const why = failureOf(error);
    if (isDatabaseFailure(error) && !isDatabaseBusy(error)) isAway = true;
    if (logged < MOST_LOGGED) context.log.error({ by, line, why, error }, 'an opt-out of a list failed');
    logged += 1;
    return { line, kind: 'failed', why, error };
  };
  return async (row: OptOutLine<Fault>): Promise<OptOutLineResult<Fault>> => {
    const { line } = row;
    if ('faults' in row) return { line, kind: 'refused', faults: row.faults };
    if (isAway) return { line, kind: 'failed', why: 'not-tried' };
    try {
      const { scopes } = await optOut(context, { ...row.request, listed: true });
      return { line, kind: 'in-force', scopes, at: context.now() };
    } catch (error) {
      return failed(line, error);
    }
  };
}

function failureOf(error: unknown): ListFailure {
  if (isDatabaseFailure(error) || isConcurrentWrite(error)) return 'no-answer';
  return error instanceof KeyMissing ? 'no-key' : 'fault';
}
