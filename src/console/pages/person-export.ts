import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type ExportItem, exportPerson } from '../../contacts/person-export.ts';
import { may } from '../../domain/access/permissions.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { definePage } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { contactIn, nothingAbout, showRecord } from './person.ts';

const form = z.object({ reason: z.string().trim().min(3).max(200) });

/** One JSON document, written as it is read. A file that was cut off does not parse, so nobody takes it for whole. */
async function* documentOf(head: object, items: AsyncIterable<ExportItem>): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  let isFirst = true;
  for await (const item of items) {
    yield `${isFirst ? '' : ','}\n${JSON.stringify(item)}`;
    isFirst = false;
  }
  yield '\n]}\n';
}

/** Everything that is held about a person as a file: the answer to their request for it. */
export const EXPORT_PAGE = definePage({
  method: 'post',
  path: '/people/:id/export',
  permission: 'numbers:reveal',
  freshSignIn: true,
  handle: async (call) => {
    const { context, request, response, viewer, t } = call;
    const contact = contactIn(call);
    if (contact === null) return nothingAbout(call);
    const { data } = form.safeParse(request.body);
    const typed = String((request.body as { reason?: unknown } | undefined)?.reason ?? '').slice(0, 500);
    const refuse = (fault: string) => showRecord(call, { act: 'export', fault, typed: { reason: typed } });
    if (data === undefined)
      return refuse(t('Say in 3 to 200 characters how they asked, and how you know them.'));
    if (!may(viewer.role, 'evidence:read')) return refuse(t('Your role does not read its words.'));
    const items = await exportPerson(context, { contact, reason: data.reason, actor: actorOf(viewer) });
    if (items === null) return nothingAbout(call);
    response
      .attachment(`person-${handleOf(contact)}.json`)
      .type('json')
      .set('Cache-Control', 'no-store');
    await pipeline(Readable.from(documentOf({ contact, exportedAt: context.now() }, items)), response);
  },
});
