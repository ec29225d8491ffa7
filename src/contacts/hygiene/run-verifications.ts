import type { Desk } from '../../consent/desk.ts';
import { readVerificationRules } from '../../store/people/verification-rules.ts';
import {
  cancelVerification,
  findVerification,
  moveVerification,
  openVerifications,
  type VerificationDoc,
} from '../../store/people/verifications.ts';
import { sealedAsked } from '../../store/sealing/sealed-asked.ts';
import { verifySlice } from './verify-slice.ts';

type Done = { looked_at: number; asked: number; refused: number };

/** Takes every open run on, oldest first, slice by slice; stops where `goOn` says so, and can stop anywhere. */
export async function runVerifications(desk: Desk, goOn: () => boolean): Promise<Done> {
  const done: Done = { looked_at: 0, asked: 0, refused: 0 };
  for (const run of await openVerifications(desk.store)) await takeOn(desk, run, goOn, done);
  return done;
}

/** Ends a run whose segment asks a field that has been sealed since: read without it, `none` would take everybody in. */
async function endSealed(desk: Desk, { _id, segment }: VerificationDoc): Promise<boolean> {
  const fault = segment === null ? null : await sealedAsked(desk.store, [segment]);
  if (fault === null) return false;
  const why = `${fault} Begin another, with another segment.`;
  if (await cancelVerification(desk.store, _id, desk.now(), why))
    desk.log.error({ verification: _id }, `a verification was canceled: ${why}`);
  return true;
}

async function takeOn(desk: Desk, begun: VerificationDoc, goOn: () => boolean, done: Done): Promise<void> {
  let run: VerificationDoc | null = begun;
  while (run?.open === true && goOn()) {
    if (await endSealed(desk, run)) return;
    const step = await verifySlice(desk, run, await readVerificationRules(desk.store));
    if (!(await moveVerification(desk.store, run, step, desk.now()))) return;
    done.looked_at += Object.values(step.counts).reduce((sum, one) => sum + one, 0);
    done.asked += step.asked;
    done.refused += step.refused;
    if (step.waiting !== null) return;
    run = await findVerification(desk.store, run._id);
  }
}
