import { POLISH_QUESTIONS } from './asked.ts';
import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { POLISH_BRIEF } from './brief-refusals.ts';
import { POLISH_WISHES } from './european-wishes.ts';
import { POLISH_LIMITED } from './limited.ts';
import { POLISH_NEGATED } from './negated.ts';
import { SIZES } from './sizes.ts';
import { asRead } from './spelling.ts';
import { POLISH_UNASKED } from './unasked.ts';

const GROUPS = {
  przestań:
    'przestań/przestańcie/przestać/przestali/przestał/zaprzestać/zaprzestanie/zaprzestańcie/skończcie/skończ/dość/koniec/stop',
  wysyłać: [
    'wysyłać/wysyłania/wysyłaniem/przysyłać/pisać/pisania/pisaniem/spamować/dzwonić/nękać/męczyć/zawracać/kontaktować',
    'wysyłanie/pisanie/przesyłać',
  ].join('/'),
  wiadomości: [
    'wiadomość/wiadomości/smsy/wiadomościami/sms/smsy/smsów/smsami/esemesy/esemesów/reklam/reklamy/reklamami/spam/spamu',
    'texty/textów/powiadomień/powiadomienia/ofert/informacji/message/messages',
  ].join('/'),
  niepiszcie: [
    'piszcie/pisz/pisać/pisz_pan/wysyłajcie/wysyłaj/wysyłać/przysyłajcie/przysyłaj/przysyłać/dzwońcie/dzwoń/dzwonić',
    'kontaktujcie/kontaktować/spamujcie/nękajcie/przesyłajcie/ślijcie/ślij',
  ].join('/'),
  usuńcie: [
    'usuń/usuńcie/usunąć/usunięcie/skasuj/skasujcie/skasować/wykreśl/wykreślcie/wykreślić/wykasuj/wykasujcie/wymaż',
    'wymażcie/wyrzućcie',
  ].join('/'),
  /** What came to them, before what it was: a number of ours, or a size. */
  przyszedł: 'dostałem/dostałam/przysłaliście/przysłaliście_mi/wysłaliście_mi/przyszedł',
  rozmiar: `rozmiar/${SIZES}`,
  zły: 'zły/błędny/niewłaściwy/nieprawidłowy',
  wypisz: 'wypisz/wypiszcie/wypisać/wypisanie/wyrejestrujcie/wyrejestrować/wyrejestruj/wyłączcie_mnie',
};

export const POLISH: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    ...POLISH_UNASKED,
    'nie zgłaszam/wnoszę/składam/zgłaszamy/wnosimy/składamy/mam/mamy/wyrażam żadnego? sprzeciwu/sprzeciw/sprzeciwów',
    'nie :przestań/przestawaj/przestawajcie/przestanę/przestaję/przestaniemy/przestajemy',
    'nie :usuńcie/usuwajcie/usuwaj/kasujcie/wypisujcie/wypisuj/:wypisz',
    'nie chcę/chce się? :wypisz/rezygnować/zrezygnować/przegapić',
    'nie chcę/chce przestać/przestawać dostawać/otrzymywać',
    'nie chcę/chce stracić/tracić waszych/tych/żadnych/żadnej/nowych/najlepszych? :wiadomości',
    'nie dostałem/dostałam/dostaję/otrzymałem/otrzymałam/widzę/przyszedł/przyszła/przyszły .. :wiadomości',
    'podałem/podałam/wpisałem/wpisałam .. zły/błędny numer',
    ':zły numer zamówienia/domu/mieszkania/przesyłki/paczki',
    ':przyszedł :zły numer , noszę/ja_noszę/rozmiar/mój_rozmiar/mam_rozmiar !ten/nowy/nic',
    ':przyszedł :zły numer , zamawiałem/zamawiałam/zamówiłem/zamówiłam numer? :rozmiar !razy/dni/miesięcy/:wiadomości',
    ':przyszedł :zły numer , zamawiałem/zamawiałam/zamówiłem/zamówiłam inny numer? $',
    ':zły numer buta/butów',
    'nie usuwaj/usuwajcie',
    'stop przy/koło/obok/na_rogu',
    'stop moje? zamówienie/zamówienia/przesyłka $',
    ':zły numer telefonu? w/na/do moim/mojego/moje? zamówieniu/paczce/fakturze/przesyłce/adresie/koncie/profilu',
  ],
  atMostHeld: {
    // Another way of reaching them refused, texts kept.
    always: [
      ...POLISH_LIMITED,
      'nie dzwonić/dzwońcie/dzwoń/telefonować do_mnie/mi/proszę/więcej? ,/tylko/a/lecz/ale? tylko/proszę/lepiej/raczej/a? napiszcie/napisz/napisać/wyślijcie/wyślij/wysłać/przyślijcie/przyślij',
      'nie dzwonić/dzwońcie/dzwoń/telefonować do_mnie/mi/proszę/więcej? ,/a/lecz/ale? proszę? tylko/lepiej/raczej/wystarczy/wystarczą pisać/piszcie/pisz/sms/smsy/smsa/smsem/smsami/wiadomość/wiadomości',
    ],
    unnamed: [],
    asked: POLISH_QUESTIONS,
    named: [],
    unless: [],
  },
  negated: POLISH_NEGATED,
  cues: [
    ...POLISH_WISHES,
    ...POLISH_BRIEF,
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        '!nie wyłączcie/wyłączyć te/moje/mi? :wiadomości $',
        ':przestań .. :wysyłać',
        ':przestań już? z/ze .. :wiadomości',
        'dość/koniec/stop tych/tymi? :wiadomości',
        'mam dość .. :wiadomości',
        '^ proszę/błagam/błagam_was/proszę_was stop/przestań/przestać/przestańcie $',
        '^ stop/przestań/przestańcie proszę/już $',
        'żebyście/żebyś przestali/przestał',
        'rezygnuję/rezygnacja z tych/tej/waszych? subskrypcji/wiadomości/smsów/usługi/powiadomień',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        ':wypisz mnie',
        'mnie :wypisz',
        'proszę o wypisanie/wyrejestrowanie/wykreślenie',
        'chcę/chciałbym/chciałabym/proszę się? wypisać/wyrejestrować $',
        'anuluj/anulujcie/anulować/rezygnuję_z/rezygnacja_z subskrypcję/subskrypcji/newsletter/newslettera',
        '^ proszę? :wypisz proszę/już/natychmiast? $',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        ':usuńcie mój/mojego/ten numer/telefon/nr',
        ':usuńcie .. mnie/numer/numeru/dane .. z',
        ':usuńcie mnie',
        'proszę mnie :usuńcie',
        ':usuńcie moje/moich dane/danych',
        'proszę o usunięcie mojego/mnie/numeru/danych',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        '^ proszę? mi/nam? nic mi/nam? nie wysyłajcie/przysyłać/przysyłajcie/piszcie $',
        '^ nie kontaktujcie/spamujcie się/więcej/już? $',
        '^ nie dzwońcie i nie piszcie $',
        '^ proszę/już? nie wysyłajcie/wysyłaj/wysyłać/przysyłajcie/przysyłać/ślijcie proszę/już/dziękuję? $',
        'nie :niepiszcie do_mnie/mi/nam/na_ten/tutaj/więcej/już/proszę/się_ze_mną',
        'nie :niepiszcie .. więcej/do_mnie/tych/:wiadomości !tylko',
        'niepiszcie/niepisz/nieprzysyłajcie/niewysyłajcie/niedzwońcie/nieprzysyłać/niewysyłać do_mnie/mi/więcej/już/proszę/:wiadomości',
        'proszę o niewysyłanie/nieprzysyłanie/niekontaktowanie/niepisanie',
        'proszę mnie/do_mnie/już? już? nie nękać/pisać/dzwonić/spamować/męczyć/kontaktować',
        'więcej/już do_mnie/mi? nie :niepiszcie',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        '^ zero/bez/ani_jednego/ani_jednej/żadnych :wiadomości więcej/proszę? $',
        'nie chcę/chcemy/życzę/potrzebuję/zgadzam .. :wiadomości',
        'niechcę/niechcemy .. :wiadomości',
        ':wiadomości też? nie chcę/chcemy/potrzebuję $',
        'niechcę/niechcemy już/więcej? dostawać/otrzymywać',
        'nie chcę/chcemy/życzę dostawać/otrzymywać .. .. :wiadomości',
        'nie chcę/chcemy więcej/już .. dostawać/otrzymywać/tego',
        'nie chcę/chcemy tego/tych więcej/już',
        'nie chcę/chcemy już/więcej? nic od was/państwa/ciebie',
        'nie życzę sobie',
        'nie mam ochoty/zamiaru na? .. :wiadomości',
        'nie zgadzam się na przetwarzanie/kontakt/wysyłanie',
        'nie wyrażam zgody',
        '^ żadnych więcej? :wiadomości',
        'bez mojej zgody',
      ],
    },
    { id: 'consent-withdrawn', weight: SURE, says: ['wycofuję/cofam/odwołuję .. zgodę'] },
    {
      id: 'marketing-objection',
      weight: SURE,
      says: [
        '^ wnoszę/zgłaszam/składam/wnosimy/zgłaszamy sprzeciw wobec/na/przeciw/przeciwko/co_do? marketingu/marketingowi/reklam/reklamom bezpośredniego/bezpośredniemu? $',
        '^ wnoszę/zgłaszam/składam/wnosimy/zgłaszamy sprzeciw wobec dalszego? przetwarzania/wykorzystywania/wykorzystania moich/naszych? danych osobowych? w/do celach/celów marketingowych/marketingu/reklamowych $',
      ],
    },
    {
      id: 'legal-objection',
      weight: UNSURE,
      says: [
        '!nie/bez/żadnego sprzeciw/sprzeciwiam/sprzeciwu się? wobec/na/przeciw/przeciwko/co_do? dalszego/dalszemu? przetwarzania/przetwarzaniu/przetwarzanie/marketingu/marketingowi/wykorzystywania/wykorzystywaniu/wykorzystania/reklam/reklamom !zamówienia/zamówieniu/mojego_zamówienia',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'dajcie/daj/dać mi .. spokój',
        'dajcie/daj spokój $',
        'odczep/odczepcie/odwal/odwalcie/odpieprz/odpieprzcie/odpierdol/odpierdolcie się',
        'zostawcie/zostaw mnie w_spokoju',
        '^ spierdalaj/spierdalajcie/wypierdalaj/wypierdalajcie',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: [
        'zgłoszę/zgłaszam to/was/pana/ten/sprawę .. policję/policji/uke/uodo/prokuratury',
        'pozwę/podam was/do_sądu',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        '!:przyszedł :zły numer $',
        '!:przyszedł :zły numer proszę/pan/pani/telefonu/macie/nie/kolego',
        'pomylił/pomyliłeś/pomyliłaś/pomyliliście/pomyliła pan/pani/państwo? numer/numery',
        '^ to? pomyłka $',
        '^ to? nie ten numer $',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        '^ nie chcę tego $',
        '^ nic nie chcę $',
        '^ zakończ/zakończyć/anuluj/wyłącz/usuń/usunąć/przestać/odmawiam proszę? $',
        'mówić że nie chcę $',
        '^ chcę/chciałbym/chciałabym zrezygnować z_powiadomień? $',
        '^ wnoszę/zgłaszam/składam? sprzeciw $',
        '^ sprzeciwiam się $',
        'nie mogę/moge się/sie? :wypisz',
        'skąd .. mój/ten/do_mnie numer',
        'kto .. wam/ci/panu/państwu .. numer',
        'nie jestem/jesteśmy zainteresowany/zainteresowana/zainteresowani',
        'nie interesuje/interesują mnie',
        '^ niezainteresowany/niezainteresowana',
        'mam was? dość/dosyć $',
        'za dużo/wiele :wiadomości',
        '^ anuluj/anulujcie to/wszystko $',
        'nie/nigdy się? .. zapisywałem/zapisywałam/zapisałem/zapisałam/zgadzałem/zgadzałam/rejestrowałem',
        'jak .. się :wypisz',
        '^ spadaj/spadajcie/spieprzaj/spieprzajcie',
        'zgłoszę/zgłaszam to/was',
        '^ rezygnuję $',
        'zablokuję/blokuję was/cię/ten_numer',
        '^ dość/wystarczy/koniec/oszuści/oszustwo $',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        'nie znam pana/pani/was/cię/takiej/tej/go',
        'nie mieszka/pracuje już? tu/tutaj',
        'już nie mieszka/pracuje',
        'numer nie należy/jest_już',
        // Perhaps a size that came.
        ':przyszedł :zły numer',
        'zmarł/zmarła/nie_żyje',
      ],
    },
  ],
});
