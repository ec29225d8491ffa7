import type { Client } from './client.ts';
import type { Good } from './good-requests.ts';

/** Of people with several numbers: some that are merged already, and some that are not. */
export async function peopleRequests(client: Client): Promise<Record<string, Good[]>> {
  const contacts = await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      const { body } = await client('post', '/contacts', { body: { phone: `+1555123007${at}` } });
      return body.contact as string;
    }),
  );
  const [a, b, c, d, e, f] = contacts;
  const reason = 'The same e-mail.';
  const merged = async (one = '', other = ''): Promise<string> =>
    (await client('post', `/contacts/${one}/merge`, { body: { with: other, reason } })).body.person;
  const [shown, whole] = [await merged(c, d), await merged(e, f)];
  const { body } = await client('get', `/people/${whole}`);
  const taken = { merge: body.merges[0].id, reason: 'Father and son.' };
  return {
    'post /contacts/{id}/merge': [{ path: `/contacts/${a}/merge`, body: { with: b, reason } }],
    'get /people/{personId}': [{ path: `/people/${shown}` }],
    'post /people/{personId}/split': [{ path: `/people/${whole}/split`, body: taken }],
  };
}
