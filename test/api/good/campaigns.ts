import type { Client } from '../client.ts';
import type { GoodRequest } from './good-request.ts';

/** Requests about a campaign other than to send it. `held` is a contact, and `spring` an existing draft. */
export async function campaignRequests(
  client: Client,
  held: string,
  spring: Record<string, unknown>,
): Promise<Record<string, GoodRequest[]>> {
  const price = { country: 'US', kind: 'short-code', media: 'sms', price: '0.0083' };
  const prices = { currency: 'USD', as_of: '2026-01-01', prices: [price] };
  await client('put', '/prices', { body: prices });
  const { body: rules } = await client('get', '/campaign-rules');
  const campaign = { ...spring, segment: { kind: 'contact', oneOf: [held] } };
  for (const id of ['summer', 'winter', 'past', 'put-aside', 'thrown-away'])
    await client('put', `/campaigns/${id}`, { body: campaign });
  await client('post', '/campaigns/summer/start', { body: { at: '2100-01-01T10:00:00Z', everyone: true } });
  await client('post', '/campaigns/summer/pause', { body: {} });
  const variants = ['a', 'b'].map((id) => ({ id, template: 'sale', share: 50 }));
  await client('put', '/campaigns/halves', { body: { ...campaign, split: { variants } } });
  for (const id of ['past', 'halves']) await client('post', `/campaigns/${id}/cancel`, { body: {} });
  return {
    'put /campaigns/{id}': [
      { path: '/campaigns/spring', body: spring },
      {
        path: '/campaigns/spring',
        body: {
          ...spring,
          split: {
            variants: [
              { id: 'a', template: 'sale', share: 50 },
              { id: 'b', template: 'sale', share: 50 },
            ],
            holdout: 10,
            test: { share: 20, wait_minutes: 60, by: 'click' },
          },
        },
      },
    ],
    'post /campaigns/{id}/edit': [
      { path: '/campaigns/summer/edit', body: { deadline: '2100-01-02T12:00:00Z', note: 'Two hours more.' } },
      { path: '/campaigns/summer/edit', body: { at: '2100-01-01T11:00:00Z', note: 'An hour later.' } },
      {
        path: '/campaigns/summer/edit',
        body: { words: true, deadline: '2100-01-02T10:00:00Z', note: 'A typo.' },
      },
    ],
    'post /campaigns/{id}/archive': [{ path: '/campaigns/put-aside/archive', body: {} }],
    'post /campaigns/{id}/restore': [{ path: '/campaigns/put-aside/restore', body: {} }],
    'post /campaigns/{id}/delete': [{ path: '/campaigns/thrown-away/delete', body: {} }],
    'post /campaigns/{id}/approve': [{ path: '/campaigns/winter/approve', body: {} }],
    'post /campaigns/{id}/missed': [
      { path: '/campaigns/past/missed', body: { id: 'spring-again', include_unknown: true } },
      { path: '/campaigns/halves/missed', body: { id: 'halves-again', variant: 'b' } },
    ],
    'post /campaigns/{id}/why': [
      { path: '/campaigns/spring/why', body: { phone: '+15551230001' } },
      { path: '/campaigns/spring/why', body: { contact: held } },
    ],
    'get /campaigns/{id}/cost': [{ path: '/campaigns/spring/cost' }],
    'get /campaigns/{id}/recipients': [
      { path: '/campaigns/spring/recipients', query: 'state=skipped&reason=capped&limit=10' },
    ],
    'get /campaigns/{id}/results': [
      { path: '/campaigns/spring/results', query: 'by=purchase&days=30' },
      { path: '/campaigns/spring/results', query: 'by=purchase&via=coupon' },
    ],
    'get /prices': [{ path: '/prices' }],
    'put /prices': [{ path: '/prices', body: prices }],
    'get /campaign-rules': [{ path: '/campaign-rules' }],
    'put /campaign-rules': [{ path: '/campaign-rules', body: rules }],
  };
}
