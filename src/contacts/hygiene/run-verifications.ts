import type { Desk } from '../../consent/desk.ts';
import { readVerificationRules } from '../../store/verification-rules.ts';
import {
  findVerification,
  moveVerification,
  openVerifications,
  type VerificationDoc,
} from '../../store/verifications.ts';
import { verifySlice } from './verify-slice.ts';

type Done = { looked_at: number; asked: number; refused: number };

/** Takes every open run on, oldest first, slice by slice; stops where `goOn` says so, and can stop anywhere. */
export async function runVerifications(desk: Desk, goOn: () => boolean): Promise<Done> {
  const done: Done = { looked_at: 0, asked: 0, refused: 0 };
  for (const run of await openVerifications(desk.store)) await takeOn(desk, run, goOn, done);
  return done;
}

async function takeOn(desk: Desk, begun: VerificationDoc, goOn: () => boolean, done: Done): Promise<void> {
  let run: VerificationDoc | null = begun;
  while (run?.open === true && goOn()) {
    const step = await verifySlice(desk, run, await readVerificationRules(desk.store));
    if (!(await moveVerification(desk.store, run, step, desk.now()))) return;
    done.looked_at += Object.values(step.counts).reduce((sum, one) => sum + one, 0);
    done.asked += step.asked;
    done.refused += step.refused;
    if (step.waiting !== null) return;
    run = await findVerification(desk.store, run._id);
  }
}
