import { senderBody, senderOf } from '../../api/senders.ts';
import { senderId } from '../../consent/programs/sender-health.ts';
import { saveSender } from '../../consent/programs/senders.ts';
import { readNumber } from '../../domain/numbers.ts';
import { BRAND_TIERS, type BrandTier, type Handling, type SenderKind } from '../../domain/program.ts';
import { kindOfNumber } from '../../domain/sender-faults.ts';
import { validationSentence } from '../../domain/validation-sentence.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { HANDLING_NAMES } from './numbers.ts';
import { field, type RowField } from './program-rows.ts';
import { type Typed, typedIn } from './queue.ts';

/** Who answers a STOP on a number as the carrier hands it over, before anybody changes it there. */
const USUAL_HANDLING: Readonly<Record<SenderKind, Handling>> = {
  'short-code': 'own',
  'long-code': 'default',
  'toll-free': 'network',
};

const TIERS: Readonly<Record<BrandTier, string>> = {
  'score-75': 'Trust score of 75 to 100',
  'score-50': 'Trust score of 50 to 74',
  'score-1': 'Trust score of 1 to 49',
  'low-volume': 'Low volume',
  'sole-proprietor': 'Sole proprietor',
};

function fieldsOf(typed: Typed): RowField[] {
  const shown = (name: string, usual = ''): string => typed[name] ?? usual;
  return [
    field('line', 'number', ['Number', shown('number')], {
      hint: 'Five or six digits, or a phone number such as +12025550143.',
    }),
    field('choice', 'country', ['Country', shown('country', 'US')], {
      choices: [
        { value: 'US', label: 'United States' },
        { value: 'CA', label: 'Canada' },
      ],
    }),
    field('choice', 'handling', ['Who answers STOP, HELP and START', shown('handling', 'usual')], {
      hint: 'As it is set at the carrier. Both answering, or neither, breaks the law.',
      choices: [
        { value: 'usual', label: 'As usual: we on a short code, else the carrier' },
        { value: 'own', label: HANDLING_NAMES.own },
        { value: 'advanced', label: HANDLING_NAMES.advanced },
      ],
    }),
    field('line', 'service', ['Messaging Service', shown('service')], {
      hint: 'Its id, MG and 32 signs. Empty: the number is in none.',
    }),
    field('line', 'brand', ['Registered brand', shown('brand')], {
      hint: 'Only for long codes of the US: its id in the campaign registry. Empty: no daily cap is counted.',
    }),
    field('choice', 'tier', ['Class of the brand', shown('tier', 'low-volume')], {
      choices: BRAND_TIERS.map((value) => ({ value, label: TIERS[value] })),
    }),
  ];
}

/** The number in its full spelling; null: what was typed is neither a phone number nor a short code. */
function fullNumber(typed: string): string | null {
  const reading = readNumber(typed, 'US');
  if (reading.kind === 'phone') return reading.e164;
  return reading.kind === 'short-code' ? reading.digits : null;
}

/** The number as the API takes it. Its kind follows from its digits. */
function bodyOf(number: string, typed: Typed) {
  const kind = kindOfNumber(number);
  const [handling, service, brand] = [typed.handling, typed.service?.trim(), typed.brand?.trim()];
  return {
    kind,
    country: typed.country,
    opt_out_handling: handling === 'usual' ? USUAL_HANDLING[kind] : handling,
    messaging_service_sid: service || null,
    brand: brand ? { id: brand, tier: typed.tier } : null,
  };
}

/** The field of the form in which a fault of the number is repaired. */
const FORM_FIELDS: Readonly<Record<string, string>> = {
  opt_out_handling: 'handling',
  messaging_service_sid: 'service',
  messagingServiceSid: 'service',
};

function faultsIn(found: readonly { place: string; message: string }[]): string[] {
  const labels = new Map(fieldsOf({}).map(({ name, label }) => [name, label]));
  return found.map(({ place, message }) => {
    const label = labels.get(FORM_FIELDS[place] ?? place);
    return label === undefined ? message : `${label}: ${message}`;
  });
}

function showForm({ show, t }: PageCall, typed: Typed = {}, faults: string[] = []): Promise<void> {
  const model = { title: t('Add a number'), fields: fieldsOf(typed), faults, row: { id: 'new' } };
  return show('number-new', model, faults.length > 0 ? 422 : 200);
}

const ask = definePage({
  method: 'get',
  path: '/numbers/new',
  permission: 'jobs:manage',
  handle: (call) => showForm(call),
});

const save = definePage({
  method: 'post',
  path: '/numbers/new',
  permission: 'jobs:manage',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const typed = typedIn(call);
    const refused = (faults: string[]): Promise<void> => showForm(call, typed, faults);
    const number = fullNumber(typed.number ?? '');
    if (number === null)
      return refused([t('Number: Type five or six digits, or a phone number such as +12025550143.')]);
    if (context.catalog.current().sender(number) !== null)
      return refused([t('Number: It is saved already. Its page is under Numbers.')]);
    const { data, error } = senderBody.safeParse(bodyOf(number, typed), { error: validationSentence });
    if (data === undefined)
      return refused(
        faultsIn(error.issues.map(({ path, message }) => ({ place: String(path[0]), message }))),
      );
    const sender = senderOf(number, data);
    // Only admins come here, and they may see every number: nothing is to be counted.
    const order = { sender, actor: actorOf(viewer), countNumber: async () => undefined };
    const saved = await saveSender(context, order);
    if (saved.kind === 'faults')
      return refused(faultsIn(saved.faults.map(({ field: place, message }) => ({ place, message }))));
    if (saved.kind === 'held')
      return refused([t('Number: A person holds this number, so it cannot be one of ours.')]);
    const text = t('Saved. Now see below where the carrier posts its texts.');
    go(`/console/numbers/${senderId(sender)}`, { kind: 'good', text });
  },
});

// They stand before `/numbers/:id` in the table of pages.
export const NEW_NUMBER_PAGES = [ask, save];
