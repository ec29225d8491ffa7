import type { WordGroups } from './pattern.ts';

/** What our own line is said to fail at. */
const FAILS = ['doesnt', 'didnt', 'wont', 'isnt'].flatMap((not) =>
  ['work', 'working', 'stop', 'help', 'end', 'do'].map((verb) => `${not}_${verb}`),
);

export const ENGLISH_GROUPS: WordGroups = {
  negator: 'dont/doesnt/didnt/wont/never/not/wouldnt/shouldnt/havent',
  it: 'it/this/that/these/those/them/your/the/all',
  one: 'my/the/an/a/this/that/our/his/her/your',
  told: 'reminder/reminders/confirmation/confirmations/update/alert/notification',
  count: '2/3/4/5/two/three/four/five/times',
  wishing: [
    'want/want_to/want_you_to/want_it_to/want_them_to/ever/mean_to/need_to/have_to/plan_to/trying_to/try_to/please',
    'you_dare',
  ].join('/'),
  ending: 'stop/stopping/stopped/quit/unsubscribe/unsubscribed/unsubscribing/optout/cancel/end/stopall',
  // What opting out is hoped to bring: "can I be removed if I text STOP".
  freed: [
    ...['be', 'get', 'number_be', 'name_be', 'phone_be'].flatMap((verb) =>
      [
        'remove',
        'delete',
        'unsubscribed',
        'optout',
        'taken',
        'drop',
        'off',
        'out',
        'left',
        'done',
        'free',
      ].map((end) => `${verb}_${end}`),
    ),
    'remove/delete/unsubscribed/unsubscribe/optout/off/out/done/free/leave/cancel/end/make',
    'just/finally/actually/even/really/number_come/name_come',
  ].join('/'),
  absent: 'didnt/never/havent/dont/not/hasnt/no',
  when: 'when/what_time/where/how_late/what_day',
  does: 'do/does/did/will/would/can/should/is',
  stopkind: [
    'bus/rest/pit/truck/train/subway/tram/trolley/next/last/first/final/one/full/tour/whistle/dead/short/hard/quick',
    'second/each/every/another/fuel/gas/metro/streetcar/door',
  ].join('/'),
  stopped: [
    'sign/signs/light/lights/watch/loss/motion/gap/over/overs/shop/clock/valve/codon/the_presses/and_go/n_go/n_shop',
    'and_shop/raining/snowing/worrying/laughing/crying/eating/smoking/drinking/scrolling/thinking/smiling/dancing',
    'playing/loving/running/serving/carrying/accepting/offering/making/taking/delivering/shipping/using',
  ].join('/'),
  cancelling:
    'cancel/cancelling/canceling/cancelled/canceled/stop/end/change/remove/delete/track/return/revoke',
  ordered: [
    'order/orders/appointment/appt/reservation/reservations/booking/delivery/shipment/payment/pickup/trip/flight/item',
    'items/return/refund/purchase/ticket/tickets/class/visit/meeting/card/ride/lesson/transaction/charge/autopay/lease',
    'coupon/table/room/preorder',
  ].join('/'),
  contacting: [
    'texting/messaging/sending/bothering/spamming/contacting/harassing/calling/writing/pestering/bugging/annoying',
    'blowing/reminding/hitting/hittin/mailing/emailing/soliciting/pinging/sms/receiving/getting/disturbing/selling_me/selling_my/selling_to_me',
  ].join('/'),
  contact:
    'text/message/contact/bother/spam/sms/ping/bug/harass/pester/disturb/msg/dm/respond_to/reach_out_to',
  // Where parcels go, and old post.
  elsewhere: ['to_my', 'to_the', 'to_our', 'to_my_old', 'to_the_old']
    .flatMap((to) =>
      ['address', 'house', 'home', 'apartment', 'office', 'store', 'email'].map((end) => `${to}_${end}`),
    )
    .join('/'),
  texts: [
    'text/texts/message/messages/sms/spam/ads/promos/promotions/notifications/alerts/crap/shit/bs/garbage/nonsense',
    'junk/offers/updates/communication/communications/emails/bullshit/solicitations/correspondence/contact/nonsens',
    'advertisements/advertising/marketing',
  ].join('/'),
  list: [
    'list/mailing_list/texting_list/text_list/call_list/sms_list/phone_list/contact_list/distribution_list/database',
    'contacts/thread/group/system/records/directory/mailing/txt_list',
  ].join('/'),
  det: [
    'the/all/anymore/your/my/these/this/those/any/of/damn/fucking/stupid/annoying/freaking/sending/with/me/more/such',
    'further/us/from/to/receive/get/see/have/getting/receiving/so_many/other/bloody/constant',
  ].join('/'),
  // Around our own line.
  telling: [
    'i/ive/we/weve/have/already/just/tried_to/trying_to/try_to/had_to/have_to/ive_to/weve_to/keep_having_to/of_having_to',
    'i_need_to/we_need_to/let_me/i_did/we_did/already_did',
  ].join('/'),
  asking: 'should/do/does/can/could/must/would/will/shall/if/when',
  ended: 'end/cancel/quit/unsubscribe/optout/stop',
  whole: 'all/these/this/those/them/it/your/the/my/our/receiving/getting',
  goingon: [
    'already/twice/yesterday/and_still/but_still/and_i_still/but_i_still/and_you/but_you/and_it/but_it/2/3/4/5/two/three/four/five/times',
    'they_still/you_still/still_texting/still_coming/still_come/still_sending/still_get_them/still_get_these/still_get_texts',
    'still_getting_them/still_getting_these/still_getting_texts/still_getting_messages/still_receiving',
    'and_nothing_happens/but_nothing_happens/nothing_happens/and_nothing_happened/but_nothing_happened',
    ...['they_keep', 'you_keep', ',_they_keep', ',_you_keep'].map(
      (one) => `${one}_coming/${one}_texting/${one}_sending`,
    ),
    ...['i_keep', 'keep'].map((one) => `and_${one}_getting/but_${one}_getting/${one}_getting`),
  ].join('/'),
  failing: [
    'dont_work/dont_help/never_works/never_worked/never_stops/never_stopped/not_working/does_nothing/did_nothing',
    ...FAILS,
    ...['doesnt_work', 'didnt_work', ...FAILS.flatMap((one) => [`it_${one}`, `that_${one}`])].map(
      (one) => `,_${one}`,
    ),
    'and_i_did/,_i_did/,_did_that/and_did/,_it_does_nothing/,_it_did_nothing/,_nothing_happens',
  ].join('/'),
  mine: 'me/us/my/this/our/the/mine',
  mynumber: [
    'me/us/my_number/my_name/my_phone/my_cell/my_info/my_information/my_data/my_details/this_number/the_number',
    'this_phone/our_number/number/myself/this_cell/my_contact/mine_number',
  ].join('/'),
  out: 'unsubscribe/optout/unsub/unenroll/unregister/deregister/unlist/delist/unjoin',
};
