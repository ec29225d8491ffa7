import type { Good } from './good-requests.ts';

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
};
