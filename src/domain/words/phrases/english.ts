import { type PhraseBook, SURE } from './book.ts';
import { ENGLISH_AT_MOST_HELD } from './english-at-most-held.ts';
import { ENGLISH_ENDING } from './english-ending.ts';
import { ENGLISH_GROUPS } from './english-groups.ts';
import { ENGLISH_INNOCENT } from './english-innocent.ts';
import { ENGLISH_OWN_LINE } from './english-own-line.ts';
import { ENGLISH_REFUSING } from './english-refusing.ts';
import { ENGLISH_WISHES } from './english-wishes.ts';
import { ENGLISH_NEGATED } from './negated.ts';

export const ENGLISH: PhraseBook = {
  language: 'en',
  groups: ENGLISH_GROUPS,
  innocent: ENGLISH_INNOCENT,
  ownLine: ENGLISH_OWN_LINE,
  atMostHeld: ENGLISH_AT_MOST_HELD,
  negated: ENGLISH_NEGATED,
  cues: [
    ...ENGLISH_ENDING,
    ...ENGLISH_REFUSING,
    ...ENGLISH_WISHES,
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'leave/leaving me/us/my_phone/this_number .. alone/be',
        'leave my .. alone',
        'let me be $',
        'leave me/us out of this/it',
        'get the_hell/the_fuck/the_f/tf/the_heck off/out_of my phone/number',
        '^ please/just? go away',
        'go away $',
        'fuck outta/out_of here',
        'bug/back/jog off',
        'fuck/piss/bugger/f/eff/sod/naff/screw/feck/fk off',
        'go fuck/to_hell',
        'if you :contact/:contacting me/us/this_number again',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: [
        'sue/suing you/your/under/the_company',
        'report/reporting/reported you/this_number/your_number/your_company',
        'report/reporting/reported/complaint .. spam/fcc/ftc/police/bbb/authorities/attorney/carrier/tcpa/fraud',
        'tcpa/harassment/harassing',
        'legal action',
        'if i/we :det? get/receive/see one_more/another/any_more/anymore text/message/msg/one/texts and/then? im/ill/i/we/well/you will/am/are? be/get/getting/have/call/calling/contact/contacting/going_to/gonna/hear/hearing? from/my/the/a/your? my? sue/suing/report/reporting/lawyer/attorney/lawsuit/fcc/ftc/police/court',
        'keep :contacting me/us and/, im/ill/i/we/well/you will/am/are? be/get/getting/have/call/calling/contact/contacting/going_to/gonna/hear/hearing? from/my/the/a/your? my? sue/suing/report/reporting/lawyer/attorney/lawsuit/fcc/ftc/police/court',
        ':contact me/us/this_number/my_number/here again/one_more_time/1_more_time/one_more/once_more and/or? im/ill/i/we/well/expect will/am/are? be/get/getting/have/call/calling/contact/contacting/going_to/gonna? my/the/a/your? sue/suing/report/reporting/lawyer/attorney/lawsuit/fcc/ftc/police/court/authorities',
        'next/another/one_more/1_more/any_more/anymore single/damn/fucking? text/texts/message/messages/msg and/or im/ill/i/we/well/you/youll/its/is/means/equals? will/am/are? be/get/getting/have/call/calling/contact/contacting/going_to/gonna/hear/hearing? from/my/the/a/your? my? sue/suing/lawsuit/lawyer/attorney/court/fcc/ftc/police/report/reporting',
        'next/another/one_more/1_more/any_more/anymore single/damn/fucking? text/texts/message/messages/msg is/means/equals a/my? lawsuit/suing/sue/lawyer/court',
        'next/another/one_more/1_more/any_more/anymore single/damn/fucking? text/texts/message/messages/msg lawsuit/suing/sue/lawyer/court/police',
        'see you in court',
        'take you to court',
        'if you :contact .. again',
        'cease and? desist',
        'dont call/text/contact/message list/registry/register',
        'dnc list/registry',
        'on/to your/the/a dnc',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: ['wrong number/person/guy/girl/lady/dude/woman/recipient/individual/contact/numba'],
    },
  ],
};
