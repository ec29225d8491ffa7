import type { PhraseBook } from './book.ts';
import { ENGLISH_GROUPS } from './english-groups.ts';
import { ENGLISH_LIMITED, ENGLISH_LIMITS } from './limited.ts';

const words = (group: string): string[] => (ENGLISH_GROUPS[group] ?? '').split('/');

const NAMED = 'texting/messaging/number/phone/cell/inbox/list/unsubscribe/optout/spamming/subscription'.split(
  '/',
);

/** Wants texts, or to come back; asks about an end that has been; or wants something else to end. */
export const ENGLISH_AT_MOST_HELD: NonNullable<PhraseBook['atMostHeld']> = {
  always: [
    ...ENGLISH_LIMITED,
    // Another way of reaching them refused, texts kept.
    ':else .. and/but/, please/just/only? keep :det? text/texts/texting/messages/messaging/sms/sending/text_alerts',
    ':else .. .. and/but/, please/just/only? keep :det? text/texts/texting/messages/messaging/sms/sending/text_alerts',
    ':else .. but/and/since/because/, the/your/just/only? text/texts/texting/sms/messages is/are/was/work/works/r just/also/totally/much/way? ok/okay/fine/better/good/great/preferred/cool/best/easier/alright/enough/please',
    ':else me/us? ,/and_just/and_please/and_only just/only/please? text/message me/us? only/instead/please/rather? instead/please/thanks? $',
    ':else me/us? and? please? text/message me/us? instead please/thanks? $',
    'no more? :else please/thanks? ,/but/and? just/only/please text/texts/texting/sms/text_me/messages me/us? please/thanks/instead/only? $',
    '!not/isnt/wasnt/they/you only/just text/texts/texting/messages/sms me/us? please/pls/thanks? ,/and/but/please? please? no/not/nomore more/any? :else !or/and/nor/either',
    '!no/nomore/not/more/these/those/your text/texts/texting/messages/sms only/please please/pls/thanks? ,/and/but? no/not more/any? :else !or/and/nor/either',
    'keep the/my text/texts/texting/messages/sms/text_messages coming? ,/but/and/just/though? but/and/just? stop/no/quit/end/lose/drop/dont more/the/your/sending/send? more/the/your? :else !or/and/nor/either',
    ':else me/us? but/and/since/because/, the/your/just/only? text/texts/texting/sms/messages ok/fine/better/only/instead/preferred',
    ':else me/us? the/your/just/only? text/texts/texting/sms/messages is/are/r just/also/totally? ok/okay/fine/better/good/great/preferred/cool/best/easier',
    ':else me/us? just/only/please/, just/only/please? text/message me/us/only/instead/please? $',
    ':else me/us? just/only/please text/message me/us/only/instead/please? $',
    'prefer text/texts/texting/messages to/over/instead_of/rather_than :else',
    // Wants back.
    'i/ive unsubscribed/optout but i/ive? have? changed my mind',
    '^ please/pls/and/but/so? add/put/sign/opt/subscribe me/us back !off',
    '!dont/not/never please/can_you/could_you/would_you/will_you/can_u/can_i_get_you_to/want_you_to add/put/sign/opt/subscribe me/us back !off',
    '^ please/can_you/could_you/pls? sign/add/subscribe/put me/us up? again',
    '!dont/not/never/if/to/who_would want/like/need to? be/get/come/go/opt? back in/on/up $',
    '!dont/not/never/if/who_would want/like/need to? be/get/come/opt back in/on',
    'how do/can/could/to i/we? get/opt/come/sign back in/on/up',
    'how do/can/could/to i/we? rejoin/resubscribe',
    // Undone, or asked about, once it has been.
    'unsubscribed/optout/remove by mistake/accident !dont/and_still',
    '!if accidentally/mistakenly got? unsubscribed/optout/remove/taken',
    'why/when/how/did/have/has/was/were/am/how_come was/were/did/am/have? i/we/my_number been/get/got/just? unsubscribed/optout/remove/taken/dropped !me/us/and/but/yet/already/twice/if',
    // What a question names.
    'if i/we text/reply/send/say/type/respond/answer with? stop :futures i/we/my/it/that/this/the !stop/quit/:freed',
    'if i/we text/reply/send/say/type/respond/answer with? stop do/,_do i/we/my/the/these !stop/quit/:freed',
    'if i/we unsubscribe/optout :futures i/we/my/it/that/this/the !stop/quit/:freed',
    'if i/we unsubscribe/optout do/,_do i/we/my/the/these !stop/quit/:freed',
    'does/will/would unsubscribing/unsubscribe/optout/stop cancel/end/delete/affect/lose/remove/close/mess/also/work_for',
    // Ours, and no text.
    'optout me/us? of/from !everything/all/any/these/this ~~ :extras !:too/:texts/:list/program/codes/calls',
    'opt me/us out of/from !everything/all/any/these/this ~~ :extras !:too/:texts/:list/program/codes/calls',
    'take/get/pull/drop/strike/scratch/cross/remove/delete/erase :mynumber please/also? off/off_of/out_of/from the/my/our/your ~~ raffle/drawing/contest/class/schedule/slot/appointment/reservation/order/invoice/bill/lease/party/event/trip/tour !and/:list/:texts/program/club',
  ],
  unnamed: [
    'stop/quit double? charging/overcharging/billing',
    'please just/do/kindly/to/fucking? stop/quit !:contacting/:doing *ing !me/us/at_me',
    'need/have/got/want/wish to? stop/quit !:contacting/:doing *ing !me/us/at_me',
    'asked/ask/asking/told/tell/telling/begging/beg you/them/him/her/guys to? stop/quit !:contacting/:doing *ing !me/us/at_me',
    // A thing of theirs that will not be quiet.
    'make/makes/made/making this/it/that/them/the/these/those/my/your .. stop/quit !:contacting/:reaching *ing !me/us/at_me',
    'get/getting/want/wants/need/needs this/it/that/them/the/these/those/my .. to? stop/quit !:contacting/:reaching *ing !me/us/at_me',
    'it/that/which/light/alarm keeps/kept !:contacting/:reaching *ing ,/and/so/but? how/can/could do/can/to/would/could/you? i/we/you? to? stop it',
    'how/way .. turn/shut/switch this/these/them/it off ,/when/after/before/without/while the/my/a/its/it_is/im/i',
    // Off something that is no list of ours.
    'take/taking/taken/get/pull/drop/strike/scratch/kick/cross/remove/removing/delete/erase/scrub :mynumber please/also? off/off_of/out_of/from the/my/our/todays/tonights/tomorrows !:ours',
    'stop/quit sending/mailing/shipping/delivering/leaving me/us? any/more/your/the/these/those/all/so_many? more? ~~ :posted',
    'stop/quit sending/mailing/shipping/delivering me/us? the/a/an/my/your? :faulty !number/person/guy/girl/people',
  ],
  named: [...words('texts'), ...NAMED],
  unless: [
    'stop/quit texting/messaging/spamming',
    `do_not/dont/never text/message me/us !${ENGLISH_LIMITS}`,
    'do_not/dont call list',
    'off/off_of/out_of/from the/my/our ~~ program/club/service/services/system/database/group/thread/chat/campaign/blast/blasts/directory/loop/thing',
  ],
};
