import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { CHECK_STATES, type Examination, examinationSentence, worstFirst } from '../domain/examination.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute } from './http/route.ts';
import { iso, shape, time } from './http/shapes.ts';

const finding = shape('DoctorFinding', {
  name: z.string().meta({ examples: ['webhook'] }),
  question: z.string(),
  state: z.enum(CHECK_STATES).meta({
    id: 'DoctorFindingState',
    description: '`good`: nothing to do. `wait`: works, and should be repaired. `stop`: does not work.',
  }),
  found: z.string(),
  repair: z.string().nullable().meta({ description: 'What to do; null: nothing.' }),
  example: z
    .string()
    .nullable()
    .meta({ description: "Lines of a proxy's configuration, where they repair it." }),
  tested_at: time,
  ms: z.number().meta({ description: 'How long the test took.' }),
});
const examinationAnswer = shape('Examination', {
  sentence: z.string().meta({ examples: ['All is well.', '2 things to repair.'] }),
  examined_at: time,
  findings: z.array(finding).meta({ description: 'The worst first.' }),
});

const shownExamination = (examination: Examination) => ({
  sentence: examinationSentence(examination),
  examined_at: iso(examination.at),
  findings: worstFirst(examination.findings).map(({ at, repair, example, ...found }) => ({
    ...found,
    repair,
    example: example ?? null,
    tested_at: iso(at),
  })),
});

async function examine({ doctor }: Pick<AppContext, 'doctor'>, anew: boolean) {
  if (doctor === undefined)
    throw new Problem('not-possible', 'This process examines nothing. Ask a web process.');
  return shownExamination(await doctor.examine({ anew }));
}

/** Whether the installation is set up right. */
export const DOCTOR_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/doctor',
    id: 'getExamination',
    returns: 'What was examined, the worst finding first.',
    scope: 'jobs:read',
    summary: 'Examine whether the installation is set up right. The answer is at most a minute old.',
    answer: examinationAnswer,
    problems: ['not-possible'],
    handle: ({ context }) => examine(context, false),
  }),
  defineRoute({
    method: 'post',
    path: '/doctor/run',
    id: 'runDoctor',
    returns: 'What was examined now, the worst finding first.',
    scope: 'jobs:manage',
    summary: 'Examine the installation again, now.',
    body: shape('RunDoctorRequest', {}),
    answer: examinationAnswer,
    problems: ['not-possible'],
    handle: ({ context }) => examine(context, true),
  }),
];
