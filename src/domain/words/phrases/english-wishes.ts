import { type PhraseBook, SURE } from './book.ts';

/** Wishes for an end with a word left out, or with one that English has no need of. */
export const ENGLISH_WISHES: PhraseBook['cues'] = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      '!i/we/they/you/why/who dont/never keep/keep_on :contacting me/us/here/this_number anymore/again/please? $',
      '!i/we/they/you/why/who dont/never keep/keep_on texting/spamming/messaging anymore/please? $',
    ],
  },
  {
    id: 'consent-withdrawn',
    weight: SURE,
    says: [
      '^ i/we? hereby? dont/nolonger give you? my/any? :consent please/thanks/anymore? $$',
      'dont/nolonger/never/didnt give/gave you/anyone? my/any? :consent to/for you_to? :contact/:contacting/:texts/send',
      '^ you_have/theres/i_give? no :consent to/for :contact/:contacting me/us/this_number? please/anymore? $',
    ],
  },
  {
    id: 'off-the-list',
    weight: SURE,
    says: [
      '!you/they/if/why/i/we dont/never/not keep/leave me/us/my_number/this_number on/in this/your/any/that :list please/anymore? $',
      '!you/they/if/why/i/we dont/never/not keep/leave me/us/my_number/this_number on/in the list please/anymore? $',
      '!you/they/if/why/i/we dont/never/not keep/leave me/us/my_number/this_number on/in this/your/any/that/the texting/text/mailing/sms/contact/call/marketing :list please/anymore? $',
      '^ please/stop/dont_text/dont_text_me/dont_call? ,? please? take off/of list please/now? $',
    ],
  },
  {
    id: 'not-my-number',
    weight: SURE,
    wrongNumber: true,
    says: [
      '^ this_is/its/thats? not my number ,? please/so/just? remove/delete/erase it/this/me? please/now? $',
    ],
  },
];
