import type { GoodRequest } from './good-request.ts';

/** Requests about background jobs and their findings. */
export const JOB_REQUESTS: Record<string, GoodRequest[]> = {
  'get /reports/drift': [{ path: '/reports/drift', query: 'days=7' }],
  'get /receipts/orphans': [{ path: '/receipts/orphans' }],
  'get /retention': [{ path: '/retention' }],
  'put /retention': [{ path: '/retention', body: { words_days: 400 } }],
  'get /doctor': [{ path: '/doctor' }],
  'post /doctor/run': [{ path: '/doctor/run', body: {} }],
  'get /jobs': [{ path: '/jobs' }],
  'get /jobs/{name}/runs': [{ path: '/jobs/expire-prompts/runs' }],
  'post /jobs/{name}/run': [
    { path: '/jobs/expire-prompts/run', body: {} },
    { path: '/jobs/deactivations/run', body: { date: '2026-01-05' } },
    { path: '/jobs/retention/run', body: { dry: true } },
  ],
  'post /jobs/{name}/pause': [
    { path: '/jobs/note-campaigns/pause', body: { reason: 'The database is moved.' } },
  ],
  'post /jobs/{name}/resume': [{ path: '/jobs/note-campaigns/resume', body: {} }],
};
