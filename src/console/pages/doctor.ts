import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import {
  type CheckState,
  type Examination,
  examinationSentence,
  examinationText,
  toRepair,
  worstFirst,
} from '../../domain/examination.ts';
import { definePage, type PageCall } from '../page.ts';

/** Only web processes serve pages, and each has a doctor. */
async function examine({ context }: PageCall, anew: boolean): Promise<Examination> {
  const { doctor, now } = context;
  return doctor === undefined ? { at: now(), findings: [] } : doctor.examine({ anew });
}

const WORDS: Readonly<Record<CheckState, string>> = { good: 'In order', wait: 'Repair soon', stop: 'Broken' };

const page = definePage({
  method: 'get',
  path: '/doctor',
  permission: 'jobs:read',
  handle: async (call) => {
    const { viewer, t, show } = call;
    const examination = await examine(call, false);
    const shownTime = (at: Date): string => showTime(at, viewer.zone, viewer.language);
    const count = toRepair(examination);
    await show('doctor', {
      title: count === 0 ? t('Doctor') : t('Doctor: 1 to repair || Doctor: {count} to repair', { count }),
      sentence: examinationSentence(examination),
      isBroken: examination.findings.some(({ state }) => state === 'stop'),
      count,
      at: shownTime(examination.at),
      findings: worstFirst(examination.findings).map((finding) => ({
        ...finding,
        at: shownTime(finding.at),
        word: t(WORDS[finding.state]),
        lines: finding.example?.split('\n') ?? [],
      })),
      report: examinationText(examination),
      mayTest: may(viewer.role, 'jobs:manage'),
    });
  },
});

const again = definePage({
  method: 'post',
  path: '/doctor',
  permission: 'jobs:manage',
  handle: async (call) => {
    const examination = await examine(call, true);
    const kind = toRepair(examination) === 0 ? 'good' : 'wait';
    call.go('/console/doctor', { kind, text: call.t('Tested again just now.') });
  },
});

const report = definePage({
  method: 'get',
  path: '/doctor.txt',
  permission: 'jobs:read',
  handle: async (call) => {
    call.response.set('Content-Disposition', 'attachment; filename="doctor.txt"');
    call.response.type('text').send(examinationText(await examine(call, false)));
  },
});

export const DOCTOR_PAGES = [page, again, report];
