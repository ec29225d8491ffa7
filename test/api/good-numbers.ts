import type { Good } from './good-requests.ts';

const RULES = {
  doors: { opt_ins: 'lookup', contacts: 'plan' },
  accepted: ['fixed-voip'],
  cache_days: 90,
  daily_budget: 1000,
};

/** What is asked about numbers themselves. */
export const NUMBER_REQUESTS: Record<string, Good[]> = {
  'post /numbers/normalise': [
    {
      path: '/numbers/normalise',
      body: { numbers: [{ number: '(212) 867-5309', country: 'US' }], countries: ['US', 'CA'] },
    },
  ],
  'post /numbers/normalise/bulk': [
    {
      path: '/numbers/normalise/bulk',
      query: 'countries=US,CA',
      headers: { 'Content-Type': 'application/x-ndjson' },
      type: 'application/x-ndjson',
      raw: '{"number": "(212) 867-5309"}\n',
    },
  ],
  'get /verification-rules': [{ path: '/verification-rules' }],
  'put /verification-rules': [{ path: '/verification-rules', body: RULES }],
};
