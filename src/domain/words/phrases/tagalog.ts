import { HINT, type PhraseBook, SURE, UNSURE } from './book.ts';
import { TAGALOG_BRIEF } from './brief-refusals.ts';
import { TAGALOG_LIMITED } from './limited.ts';
import { asRead } from './spelling.ts';

const GROUPS = {
  wag: 'wag/huwag/huwag_nang/wag_nang/wagnang/wg/wag_na_wag',
  /** Small words that stand in any number and order between a verb and what it means. */
  po: 'na/po/ho/nyo/niyo/ninyo/kayo/kayong/mo/mong/nyong/niyong/ako/akong/ko/kong/kami/kaming/lang/pa/naman/sana/please/nga/ka',
  text: 'text/texts/itext/i_text/magtext/mag_text/nagtext/kaka_text/kakatext/message/messages/mensahe/sms/promo/promos/spam',
  tanggalin: [
    'tanggalin/alisin/burahin/ialis/pakitanggal/pakialis/pakibura/idelete/i_delete/i_remove/iremove/paki_remove',
    'patanggal/pa_tanggal/pabura/pa_bura/paremove/pa_remove/padelete/pa_delete/pakitangal/patangal/tangalin',
    'paki_delete/paki_alis/paki_tanggal/paki_bura/pakiremove/pakidelete/delete/remove/tanggalen',
  ].join('/'),
  number: 'number/numero/pangalan/name/cp/cellphone',
  hindi: 'hindi/di/ndi/hnd/hindi_na/di_na',
};

export const TAGALOG: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    ':wag :po? :po? :po? i? stop/istop/ihinto/titigil/tumigil/itigil/tigilan/hihinto/huminto/cancel/icancel/:tanggalin/unsubscribe',
    ':hindi :po? :po? titigil/hihinto/tumigil/huminto',
    ':wag :po? :po? :po? kalimutan/kalimutang',
    'ayoko/ayaw_ko/ayaw_kong/hindi_ako/di_ako/hindi_ko_gusto po/namang/naman/na? mag/i/mag_i unsubscribe/optout/stop !muna',
    ':hindi/wala :po? :po? :po? natanggap/nakatanggap/natatanggap/nareceive .. :text',
    'maling number/numero :po? :po? yung/ung/ang/iyong? :po? nasa/sa/naka/nakalagay/nakasulat sa/ang? resibo/order/parcel/waybill/form/account/profile/box/package/delivery/address',
    'maling number/numero :po? ng sapatos/tsinelas/order/tracking/size/bahay',
    'bus/jeep/jeepney stop',
    'stop na/ng/sa bus/jeep/jeepney/kanto/mall',
  ],
  atMostHeld: {
    // Another way of reaching them refused, texts kept.
    always: [
      ...TAGALOG_LIMITED,
      ':wag :po? :po? :po? tumawag/tawagan/tumatawag/call/i_call :po? :po? ,/mag/pero? text/itext/mag_text/magtext/message/sms na_lang/nalang/lang/mo_na_lang/nyo_na_lang/niyo_na_lang',
    ],
    unnamed: [],
    named: [],
    unless: [],
  },
  cues: [
    ...TAGALOG_BRIEF,
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        '^ pa stop po? $',
        '^ pa cancel po? $',
        '^ cancel/icancel/i_cancel :po :po? :po? $',
        '^ putangina/tangina/gago/please tigil/itigil na/nyo/niyo? $',
        '^ tgil/tigil/itgil na/na_po $',
        '^ patigil po? $',
        'ihinto/itigil/tigil :po? :po? ang/yung/ung/iyong/lahat_ng mga? :text',
        'ihinto/itigil/tigil :po? :po? ang/yung? pagpapadala/pag_send/pagsend/pag_text/pagtext/pagtetext ng_mga/ng :text',
        'ihinto/itigil :po? :po? ang/yung? pagpapadala/pag_send/pagsend/pag_text/pagtext/pagtetext :po? $',
        'pakitigil/pakihinto/paki_tigil/paki_stop/pakistop/paki_hinto',
        'itigil/ihinto/tigil po/ho? nyo/niyo/ninyo/mo/na/po/yan',
        'tigilan/tantanan/lubayan po/ho? nyo/niyo/ninyo/mo/na',
        'tama na :po? :po? ang/sa/yung/ung/mga/kaka/kaka_send/sa_kaka? :text/kakasend/kasetext/pag_text/pagtext',
        'stop na/nyo/niyo/mo po/nyo/na/please/kaka_text/yan/ang_pag_text?',
        'ayaw_nyo_ba/bakit_ayaw .. tumigil/tigilan',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        ...['paki unsubscribe', 'pakiunsubscribe', 'gusto ko :po? :po? mag unsubscribe/optout/stop'],
        'gusto ko :po? :po? na? umalis/makaalis sa inyong/mga? list/listahan/grupo $',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        ':tanggalin :po? :po? :po? ang/yung/ung/ng/nang/ni? :number ko/namin',
        ':tanggalin :po? :po? ako/nyo_ako/niyo_ako $',
        ':tanggalin na_lang/nalang :po? :po? ako $',
        ':tanggalin mo/nyo/niyo :po? ko/ako dyan/diyan/jan/dito :po? $',
        'paalis/pa_alis :po? :po? :po? sa .. list/listahan/lista/database',
        ':tanggalin :po? :po? :po? :po? :po? sa .. list/listahan/lista/database/system',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        ':wag :po? :po? :po? :po? :po? ng/nang/mag/i? text/itext/magtext/message/magmessage/imessage/tumext/istorbohin/guluhin/tawagan/kontakin/contact/contactin/abalahin/kulitin/spam/magspam/gambalain/kontakin',
        ':wag n/nang/nyo_n/niyo_n? :po? :po? aq/ako? mag/i? mgtxt/mgtext/itxt/magtxt/txt',
        '^ pabayaan/hayaan nyo/niyo/mo na :po? ako please/po? $',
        '^ no/dont/dnt :text na/na_po/po/na_please :po? $',
        ':wag :po? :po? :po? :po? :po? mag/i? send/magsend/padala/magpadala/padalhan/isend .. :text/ganito/nito',
        ':wag na :po? :po? :po? mag? send/magsend/padala/magpadala/sumend please/ulit/ever? $',
        ':wag po/kayo/nyo na :po? :po? mag? send/magsend/padala/magpadala/sumend please/ulit? $',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        'ayoko/ayaw/ayw :po? :po? :po? ng/nang/ang? mga? makatanggap/makatangap/tumanggap/matanggap/makareceive/mareceive/receive/:text',
        ':hindi :po? :po? :po? gusto/nais/kailangan/need :po? :po? ng/nang/na/ang/itong/yung/iyong/ung? mga? makatanggap/makatangap/tumanggap/matanggap/makareceive/mareceive/receive/:text',
      ],
    },
    {
      id: 'consent-withdrawn',
      weight: SURE,
      says: ['binabawi/inuurong :po? ko? ang/yung aking? pahintulot/consent/permiso'],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'maling number/numero/tao/cp',
        'mali :po? :po? :po? ang/yung/ung number/numero !na/ng/sa',
        'mali :po :po? ng? number/numero',
        'mali ng number/numero',
        '^ mali number/numero po/ito/to? $',
        'nagkamali :po? :po? ng number/numero/tinext',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        '^ hinto na/po/na_po please/po? $',
        '^ tama na po/ho/please/yan? po/please? $',
        '^ ayoko/ayaw_ko na/po? na/po? $',
        ':hindi :po? :po? interesado/interested',
        'san/saan/paano :po? :po? nakuha .. :number',
        'sino .. nagbigay .. :number',
        ':hindi :po? :po? :po? nag sign/subscribe/register',
        ':hindi :po? :po? :po? nagsignup/nagsubscribe/nagregister/sumali',
        'paano/pano :po? mag? unsubscribe/optout/stop',
        'paano/pano .. matigil/itigil/ihinto/matanggal',
        ':hindi :po? :po? kailangan yan/ito/to/nito/niyan $',
        '^ ang? kulit',
        'wala/walang na/nang po/pong? :text please/po? $',
        'irereport/ireport/isusumbong/idedemanda/ibablock/iblock/iba_block ko/kita/kayo/namin',
      ],
    },
    {
      id: 'keeps-texting',
      weight: UNSURE,
      says: [
        'ang dami .. :text',
        'sobrang? daming/dami :po? :text',
        'nakakainis/nakakaasar/nakakairita na $',
        'text :po? kayo ng text',
        'nakakainis/nakakaasar/nakakairita/istorbo :po? kayo/text',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        ':hindi :po? :po? :po? kilala',
        ':hindi :po? ako si',
        'walang ganyan/ganyang/ganun .. dito',
        'ibang tao .. number/may_ari',
        'iba na .. may_ari/gumagamit/number',
      ],
    },
    { id: 'oath', weight: HINT, says: ['putangina/tangina/putang/gago/punyeta/leche/bwisit/buwisit'] },
  ],
});
