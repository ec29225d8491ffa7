import { type PhraseBook, SURE } from './book.ts';

/** Wishes for an end with a word left out, or with one that English has no need of. */
export const ENGLISH_WISHES: PhraseBook['cues'] = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      '!i/we/they/you/why/who dont/never keep/keep_on :contacting me/us/here/this_number anymore/again/please? $',
      '!i/we/they/you/why/who dont/never keep/keep_on sending me/us :det? :det? :texts anymore/please? $',
      '!i/we/they/you/why/who dont/never keep/keep_on texting/spamming/messaging anymore/please? $',
    ],
  },
  {
    id: 'please-stop',
    weight: SURE,
    says: [
      '^ please? make it/this/these/them/it_all end please/now? $',
      'sick/tired to death of you :contacting me/us? $',
      'please/pls stp $',
      '^ end :texts/textx please? $',
      '^ please? stopped/stops/stp/stoop/spot/step :contacting me/us please? $',
    ],
  },
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      '^ please? opted me/us out please/now? $',
      '^ please? optiout/optuout/opt_outt/op_tout me/us? please? $',
      '^ please? un_subscibe/un_subcribe/un_suscribe/on_subscribe me/us? please? $',
    ],
  },
  {
    id: 'do-not-want',
    weight: SURE,
    says: [
      '^ i/we? dont want none please? $',
      '^ i/we? aint want/need this/these/none/it please? $',
      '^ i/we? dont want to? see these/this/them anymore/please? $',
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
      'remove/take/delete ne/mr/mw/em from/off this/your/the? :list',
      'closed the/our/my business/store/shop/account please? remove please/me/us? $',
      'nolonger shop at/with/in your_store/you/your_stores/there ,? please remove $',
      '^ please? place/put me/us/my_number/this_number on the/your/a? dont_call/do_not_call list? please? $',
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
