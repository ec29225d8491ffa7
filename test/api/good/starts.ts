import type { GoodRequest } from './good-request.ts';

/** One request for each way in which a campaign can be started and previewed. */
export const CAMPAIGN_STARTS: Record<string, GoodRequest[]> = {
  'post /campaigns/{id}/preview': [
    {
      path: '/campaigns/spring/preview',
      body: { local: { date: '2100-09-22', time: '10:00', missed: 'send' }, spread_minutes: 30 },
    },
    {
      path: '/campaigns/spring/preview',
      body: { repeat: { cron: '0 10 * * 1', until: '2100-01-01T00:00:00Z', valid_minutes: 600 } },
    },
    { path: '/campaigns/later/start', body: { at: '2100-01-01T10:00:00Z', everyone: true } },
    { path: '/campaigns/spring/preview', body: { at: '2100-01-01T10:00:00Z', everyone: true } },
  ],
  'post /campaigns/{id}/start': [
    {
      path: '/campaigns/spring/start',
      body: { at: '2100-01-01T10:00:00Z', deadline: '2100-01-02T10:00:00Z', everyone: true },
    },
    {
      path: '/campaigns/autumn/start',
      body: { local: { date: '2100-09-22', time: '10:00', missed: 'send' }, spread_minutes: 30 },
    },
    {
      path: '/campaigns/weekly/start',
      body: { repeat: { cron: '0 10 * * 1', until: '2100-01-01T00:00:00Z', valid_minutes: 600 } },
    },
    { path: '/campaigns/later/start', body: { at: '2100-01-01T10:00:00Z', everyone: true } },
  ],
  'get /campaigns/{id}/progress': [{ path: '/campaigns/spring/progress' }],
};
