import type { WordGroups } from './pattern.ts';

/** What our own line is said to fail at. */
const FAILS = ['doesnt', 'didnt', 'wont', 'isnt'].flatMap((not) =>
  ['work', 'working', 'stop', 'help', 'end', 'do'].map((verb) => `${not}_${verb}`),
);

/** Ours, to be had or not, and no text. */
const EXTRAS = [
  'trip/tour/event/party',
  'paper/receipt/receipts/statement/statements/billing/bill/bills/gift/wrap/wrapping/plan/protection/points/raffle/bag/bags',
  'sweepstakes/sweepstake/drawing/plastic/renewal/renewals/insurance/warranty/fee/fees/tip/tips/survey/surveys/cookies/signature',
  'delivery/contest/giveaway/class/lesson/meal/upgrade/donation/donations/roundup/coverage/catalog/catalogs/catalogue',
].flatMap((some) => some.split('/'));

/** Of whom they have details, before what these are for. */
const WHOSE = [
  'the/my/our/this/that/her/his/their/an/a',
  'my_sons/my_daughters/my_kids/my_childs/my_wifes/my_husbands/my_moms/my_mothers/my_dads/my_fathers/my_friends',
].flatMap((some) => some.split('/'));

/** What a shop takes their details for, theirs or somebody's. */
const OF_AN_ORDER = [
  'order/orders/account/delivery/shipping/shipment/package/payment/billing/bill/checkout/receipt/invoice/reservation',
  'booking/appointment/pickup/return/refund/exchange/subscription/warranty/registration/membership/rewards',
  'pick_up/check_in/sign_up/purchase/ticket/tickets/prescription/application/claim/policy/class/table/room',
]
  .flatMap((some) => some.split('/'))
  .flatMap((one) => [one, ...WHOSE.map((whose) => `${whose}_${one}`)]);

export const ENGLISH_GROUPS: WordGroups = {
  anorder: OF_AN_ORDER.join('/'),
  advertising:
    'marketing/advertising/ads/promotions/promos/promotional/texts/messages/sms/spam/offers/newsletter/newsletters/campaigns/alerts',
  // Before "not use my data": they tell what is so.
  hinders: 'i/we/they/does/could/might/i_can/we_can/i_may/we_may',
  negator: 'dont/doesnt/didnt/wont/never/not/wouldnt/shouldnt/havent',
  // Persons of whom somebody speaks.
  someone: [
    'her/him/them/my_son/my_daughter/my_kid/my_kids/my_child/my_children/my_wife/my_husband/my_mother/my_mom/my_mum/my_father',
    'my_dad/my_parents/my_brother/my_sister/my_grandmother/my_grandma/my_grandfather/my_grandpa/my_friend/my_boyfriend/my_girlfriend',
  ].join('/'),
  consent: 'consent/permission/authorization/authorisation/approval',
  revoke:
    'take_back/taking_back/took_back/cancel/end/withdraw/withdrawing/withdrew/withdrawn/revoke/revoking/revoked/rescind/rescinding/rescinded/retract/retracting/retracted',
  revoked: 'withdrawn/revoked/rescinded/retracted/terminated',
  letgo:
    'take/pull/drop/cut/withdraw/free/release/let/log/sign/spare/disconnect/excuse/exclude/extract/unhook/detach/cancel/unsign/scrub/purge',
  away: 'off/off_of/out_of/outta/outta_of/from',
  place: 'phone/inbox/line/cell/dms/dm/messages/texts/text_messages/cellphone',
  goods: [
    'size/sizes/color/colors/colour/colours/item/items/order/orders/product/products/one/ones/flavor/model/part/parts/package',
    'packages/shoes/shirt/style/plates/plate/dishes/stuff/thing/things/goods/box/boxes',
  ].join('/'),
  faulty: 'wrong/broken/damaged/defective/expired/cracked/spoiled/rotten/chipped/incorrect/torn/faulty/used',
  how: 'nicely/already/twice/before/politely/repeatedly/again/multiple_times/many_times/several_times',
  address: 'people/guys/folks/idiots/all/clowns/fools/morons/jerks/losers/spammers/fuckers/assholes',
  // What only we do to somebody who reads texts; after "please stop" it means us.
  doing: [
    'reaching/communicating/pushing/trying_to/including_me/including_us/using_my/using_this/using_our/doing/disrupting/interrupting',
    'adding_me/signing_me/subscribing/enrolling/abusing/stalking/trolling/scamming/advertising/marketing/promoting/notifying',
    'alerting/blasting_me/blasting_my/flooding/filling_my/filling_up/clogging/waking/invading/phoning/ringing/dinging/buzzing/sharing_my',
    'selling_my/giving_my/targeting/badgering/hounding/nagging/begging/talking_to/replying/responding/answering',
    'wasting_my/wasting_your/putting_me/taking_up/being_annoying/being_a/being_an/being_so/being_such/intruding/imposing',
    'pressuring/bombarding/irritating/aggravating/hassling/torturing/killing/driving_me/making_me/stressing/threatening',
    'testing_me/massaging/messing/offering/taking_my/asking/everything/anything/nothing/thing/something/fucking/freaking/frigging',
  ].join('/'),
  // What texts do; after "make it stop" they mean us.
  reaching: [
    'coming/reaching/communicating/showing/popping/notifying/alerting/flooding/filling/going/happening/interrupting',
    'advertising/marketing/promoting/stalking/hounding/nagging/badgering/bombarding/targeting/scamming',
  ].join('/'),
  // Off which they want to be, where it is us whom they mean.
  ours: [
    'list/mailing/texting/text/sms/call/phone/contact/distribution/database/contacts/thread/group/system/records/directory',
    'program/club/service/services/campaign/campaigns/blast/blasts/thing/things/damn/fucking/fuckin/freaking/stupid/whole/entire',
    'loop/chain/chat/deals/vip/rewards/loyalty/marketing/mass/auto/automated/promo/promos/promotions/promotional/company/store',
    'autodial/autodialer/robotext/robotexts/rotation/roster/membership/subscription/messages/texts/alerts/updates/offers/spam',
  ].join('/'),
  futures: ['will', 'does', 'can', 'would', 'could', 'am', 'is', 'are']
    .map((verb) => `${verb}/,_${verb}`)
    .join('/'),
  // Other ways to reach somebody.
  else: [
    'emailing/calling/mailing/phoning/emails/email/calls/call/mail/mailer/mailers/catalog/catalogs/catalogue/catalogues',
    'newsletter/newsletters/paper/flyers/letters/voicemails/robocalls',
  ].join('/'),
  posted: [
    'catalog/catalogs/catalogue/catalogues/package/packages/parcel/parcels/boxes/paper/magazine/magazines/mail/flyers/flyer',
    'brochures/brochure/newspaper/newspapers/circulars/orders/items/products/samples/bills/invoices/letters/postcards',
  ].join('/'),
  extras: EXTRAS.join('/'),
  too: ['', ...EXTRAS.map((one) => `${one}_`)]
    .flatMap((one) =>
      ['texts', 'text', 'messages', 'all', 'everything', 'these', 'stop'].map((end) => `${one}and_${end}`),
    )
    .join('/'),
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
    'bus/rest/pit/truck/train/subway/tram/trolley/next/first/one/full/tour/whistle/dead/short/hard/quick',
    'second/each/every/fuel/gas/metro/streetcar/door',
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
    'blowing/reminding/hitting/hittin/mailing/emailing/soliciting/pinging/sms/hmu/receiving/getting/disturbing/selling_me/selling_my/selling_to_me',
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
    'advertisements/advertising/marketing/text_alerts/text_updates/text_notifications/text_ads/text_program/text_club/sms_alerts/sms_messages',
    'sms_marketing/sms_program/sms_updates/marketing_texts/marketing_messages/promo_texts/promo_messages/ad_texts',
  ].join('/'),
  list: [
    'list/mailing_list/texting_list/text_list/call_list/sms_list/phone_list/contact_list/distribution_list/database',
    'contacts/thread/group/system/records/directory/mailing/txt_list',
  ].join('/'),
  det: [
    'the/all/anymore/your/my/these/this/those/any/of/damn/fucking/stupid/annoying/freaking/sending/with/me/more/such',
    'further/us/from/to/receive/get/see/have/getting/receiving/so_many/other/bloody/constant/promotional/promo/ad',
    'all_these/all_your/all_the/all_those/all_of_these/all_of_your/all_of_the/any_of_your/any_of_these/any_of_the',
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
  out: 'unsubscribe/optout/unsub/unenroll/disenroll/unenrol/disenrol/unregister/deregister/unlist/delist/unjoin',
};
