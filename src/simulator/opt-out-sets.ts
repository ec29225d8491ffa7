import { z } from 'zod';

/** The type that Twilio gives an opt-out, opt-in or help keyword. Its webhook has it as `OptOutType`. */
export type KeywordType = 'STOP' | 'START' | 'HELP';

/** The keywords of one type and the text that answers each of them. */
type KeywordSet = { keywords: readonly string[]; message: string };

/** The forms of Advanced Opt-Out in Twilio's console, for one Messaging Service. */
export type OptOutSets = Readonly<Record<KeywordType, KeywordSet>>;

/** Keywords that nobody can take out of a service. */
export const RESERVED: Readonly<Record<KeywordType, readonly string[]>> = {
  STOP: ['STOP'],
  START: ['START', 'UNSTOP'],
  HELP: ['HELP'],
};

/**
 * The keywords and replies of a Messaging Service whose forms nobody has changed. Source: Twilio help article
 * 223134027; twilio-oai, messaging v3.
 */
export const DEFAULT_SETS: OptOutSets = {
  STOP: {
    keywords: [...RESERVED.STOP, 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
    message:
      'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
  },
  START: {
    keywords: RESERVED.START,
    message:
      'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  },
  HELP: {
    keywords: [...RESERVED.HELP, 'INFO'],
    message: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  },
};

const KEYWORD_TYPES: readonly KeywordType[] = ['STOP', 'START', 'HELP'];

/** A keyword is the whole text, so it has no space. Source: twilio-oai, messaging v3, `KeywordItem`. */
const keyword = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}]{1,34}$/u, 'must be 1 to 34 letters and digits without a space')
  .transform((text) => text.toUpperCase());

const form = z.strictObject({
  keywords: z.array(keyword).max(100).optional(),
  message: z.string().trim().min(1).max(320).optional(),
});

const serviceForms = z
  .strictObject({ STOP: form.optional(), START: form.optional(), HELP: form.optional() })
  .transform((forms): OptOutSets => {
    const setOf = (type: KeywordType): KeywordSet => {
      const { keywords = DEFAULT_SETS[type].keywords, message = DEFAULT_SETS[type].message } =
        forms[type] ?? {};
      return { keywords: [...new Set([...RESERVED[type], ...keywords])], message };
    };
    return { STOP: setOf('STOP'), START: setOf('START'), HELP: setOf('HELP') };
  })
  .superRefine((sets, context) => {
    const all = KEYWORD_TYPES.flatMap((type) => sets[type].keywords);
    const twice = all.find((word, index) => all.indexOf(word) !== index);
    if (twice !== undefined)
      context.addIssue({ code: 'custom', message: `must not have the keyword ${twice} in two forms` });
  });

/** The body of PUT /sim/opt-outs: the forms by Messaging Service. What is left out is as Twilio made it. */
export const optOutForms = z.record(z.string(), serviceForms);
