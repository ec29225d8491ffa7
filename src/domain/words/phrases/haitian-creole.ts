import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { HAITIAN_BRIEF } from './brief-refusals.ts';
import { HAITIAN_NEGATED } from './negated.ts';
import { asRead } from './spelling.ts';

/** "M" closes up with a vowel that follows: "m ap" is read as "map", "m ankò" as "manko". */
const GROUPS = {
  m: 'm/mwen/mwenm/manko/mankò/nou/moi',
  sispann: 'sispann/sispan/sisspann/kanpe/bouke/stop/ase/rete/fini',
  voye: 'voye/ekri/texte/tekste/text/anmède/anmede/deranje/rele/kontakte/fatige/nui/anbete/ban/texting',
  mesaj: 'mesaj/mesaj_sa/sms/tèks/teks/text/texts/piblisite/message/messages/reklam/pwomosyon',
  retire: 'retire/wete/efase/siprime/retwire/delete/remove',
  nimewo: 'nimewo/nimero/non/telefòn/number/kontak',
};

export const HAITIAN_CREOLE: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    'pa/pap/p_ap/poko/pap_janm janm? sispann/sispan/kanpe/bouke',
    'pa/pinga retire/wete/efase/siprime/retwire/anile',
    'te? bay/mete/ekri/tape .. move/fo nimewo',
    'move/fo nimewo telefòn? nan/sou/pou kòmand/lòd/fakti/adrès/koli/kont/kat/livrezon',
    'kòmand/fakti/koli .. gen/ak/avèk yon? move/fo nimewo',
    'pa/poko/pat resevwa .. :mesaj',
    'pa vle rate/pèdi/sispann/anile/dezabone',
  ],
  atMostHeld: {
    // Another way of reaching them refused, texts kept.
    always: [
      'pa/pinga/piga rele :m tanpri/souple/ankò? ,/men/jis/pito pito/jis/sèlman? voye/ekri/texte/tekste :m? mesaj/sms/tèks/tèks_la/text/yon_mesaj/pito/m/mwen',
    ],
    unnamed: [],
    named: [],
    unless: [],
  },
  negated: HAITIAN_NEGATED,
  cues: [
    ...HAITIAN_BRIEF,
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        '^ :m? fatige/bouke ak/avèk :mesaj sa_yo? $',
        '^ anile :mesaj yo? $',
        '^ kòman/kouman/kijan pou m/mwen sispann/sispan/kanpe sa/mesaj_yo $',
        'konbyen/ki_kantite fwa pou m/mwen di/mande sispann/sispan/kanpe $',
        '^ m/mwen te? deja di sispann/sispan/kanpe $',
        ':sispann :voye',
        ':sispann/ase :m? avèk/ak/avek? :mesaj',
        '^ tanpri/souple/silvouplè? fout? sispann/sispan/kanpe tanpri/souple/silvouplè/koulye_a/kounye_a/nèg/non? $',
        'fout sispann/sispan',
        'di/mande/priye nou/ou/w sispann/sispan/kanpe $',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: ['dezabone/dezabòne/dezenskri/dezabonnen', 'anile abònman/enskripsyon/abonman'],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        '^ :retire m/mwen tanpri/souple? $',
        'vle soti nan lis la? $',
        ':retire :nimewo :m',
        ':retire m/mwen sou/nan',
        ':retire :m .. lis/list',
        ':retire :nimewo .. lis/list',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        '!mwen/m/li/yo/te pa/pinga/piga janm? voye .. :mesaj/anyen',
        '^ tanpri? pa/pinga ekrim/telem/relem/textem/derangem ankò/tanpri? $',
        '!mwen/m/li/yo/te pa/pinga/piga janm? ekri/rele/texte/tekste/text/deranje/anmède/kontakte/nui/fatige/anbete :m',
        '!mwen/m/li/yo/te pa/pinga/piga voye anyen/plis/sa_yo/ankò/lankò/l_ankò/sa_ankò/yo_ankò',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        '^ okenn/pa_gen/plis_pa :mesaj ankò/tanpri? $',
        'pa/pap vle/bezwen/renmen/dezire .. resevwa? .. :mesaj',
        'pa vle nou/ou/w/yo voye',
        'pa vle/bezwen resevwa sa_yo/anyen/sa',
      ],
    },
    { id: 'consent-withdrawn', weight: SURE, says: ['retire/anile/wete konsantman'] },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        '^ ban m/mwen lapè $',
        'kite/lese manrepo/m_trankil/mwen_trankil/mwen_anrepo/m_an_repo/mwen_an_repo/nou_trankil/m_anpè/manpè',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'move/fo nimewo/moun',
        '^ nou/ou/w fè erè nimewo $',
        'pa bon nimewo/moun',
        'se pa nimewo !kòmand/lòd/mwen',
        'twonpe/tronpe de/sou? nimewo/moun',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        '^ :m? pa vle/bezwen sa? $',
        '^ soti/anile $',
        '^ bloke :m $',
        'kiyès/kiyes/kiles/ki_moun .. ba/bay/ban .. nimewo',
        'kote/kijan/ki_jan/kouman .. jwenn/gen/pran .. nimewo',
        'pa enterese',
        'twòp :mesaj',
        'pa janm/te/tjanm .. enskri/mande/abone/siyen',
        'map/mwen_ap/mwen_pral/mpral rele lapolis/polis/avoka',
        'map/mwen_ap/mwen_pral/mpral bloke/rapòte',
        'pote plent',
        'kijan/ki_jan/kouman .. sispann/dezabone/dezenskri',
        '^ ase/lage_m/lage_mwen/kite_m/kite_mwen $',
        'kisa nou/ou/w vle avè/avek',
        'pat/pa_t/pa_te/pat_janm mande/enskri',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: ['pa konnen/rekonèt ou/nou/moun', 'pa rete/viv isit/la_a/la'],
    },
  ],
});
