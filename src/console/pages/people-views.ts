import { z } from 'zod';
import { asRefusal } from '../../consent/command-refused.ts';
import { may } from '../../domain/access/permissions.ts';
import { mayHoldNumber } from '../../domain/numbers.ts';
import { removePeopleView, savePeopleView } from '../../segments/people-views.ts';
import { definePage } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { addressFilterOf, listAddress, showPeopleList } from './people-list.ts';

const LONGEST_NAME = 60;

/** A name stands in the clear, so it is no place for a number. */
const form = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(LONGEST_NAME)
    .regex(/^[^\p{Cc}]*$/u)
    .refine((name) => !mayHoldNumber(name)),
  shared: z.literal('yes').optional(),
});

const saveView = definePage({
  method: 'post',
  path: '/people/views',
  permission: 'reports:read',
  handle: async (call) => {
    const { context, request, viewer, go, t } = call;
    const { data } = form.safeParse(request.body);
    const typed = String((request.body as { name?: unknown } | undefined)?.name ?? '').slice(0, 300);
    if (data === undefined) {
      const fault = t('Give the list a name of 1 to {most} characters, without a phone number.', {
        most: LONGEST_NAME,
      });
      return showPeopleList(call, { name: typed, fault });
    }
    const isShared = data.shared === 'yes' && may(viewer.role, 'programs:write');
    try {
      const filter = addressFilterOf(request.body);
      const view = { name: data.name, filter, isShared, actor: actorOf(viewer) };
      await savePeopleView(context, view);
      go(listAddress(filter), {
        kind: 'good',
        text: t('The list is saved. It shows who fits whenever you open it.'),
      });
    } catch (error) {
      await showPeopleList(call, { name: typed, fault: t(asRefusal(error).message) });
    }
  },
});

const removeForm = z.object({ view: z.string().regex(/^v_[\w-]{16}$/) });

const removeView = definePage({
  method: 'post',
  path: '/people/views/remove',
  permission: 'reports:read',
  handle: async ({ context, request, viewer, go, t }) => {
    const { data } = removeForm.safeParse(request.body);
    const mayShared = may(viewer.role, 'programs:write');
    const isRemoved =
      data !== undefined &&
      (await removePeopleView(context, { id: data.view, actor: actorOf(viewer), mayShared }));
    const done = {
      kind: 'good',
      text: t('The saved list is removed. Its people stay as they are.'),
    } as const;
    const not = { kind: 'wait', text: t('There is no such list, or it is not yours.') } as const;
    go('/console/people', isRemoved ? done : not);
  },
});

export const PEOPLE_VIEW_PAGES = [saveView, removeView];
