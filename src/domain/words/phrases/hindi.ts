import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { asRead } from './spelling.ts';

/** In its own letters, which lose their vowel signs when read, and in Latin ones. */
const GROUPS = {
  मैसेज: 'मैसेज/मेसेज/संदेश/सन्देश/एसएमएस/टेक्स्ट/message/messages/sms/text/texts/sandesh/massage/messege/मैसेजेस/promotion/ads',
  मत: 'मत/mat/mt/matt/na/ना',
  /** Not "na", which other languages have too ("unsubscribe na po"). */
  मत_ही: 'मत/mat/mt/matt/ना',
  भेजो: 'भेजो/भेजें/भेजिए/भेजिये/भेजना/भेजे/bhejo/bhejna/bhejiye/bheje/bhejen/bhejein/bhej/bhejo_na',
  करो: 'करो/करें/करना/करिए/कीजिए/कीजिये/करे/कर/कर_दो/karo/karna/kariye/kijiye/karein/kare/kro/krna/kar_do/kar_dijiye/kardo/kar_de/krdo/kar',
  बंद: 'बंद/बन्द/रोक/band/bandh/bnd/stop/rok',
  नहीं: 'नहीं/नही/nahi/nahin/nhi/nai/nahee/ni',
  चाहिए: 'चाहिए/चाहिये/chahiye/chahie/chaiye/chahiyen/chaahiye/chahta/chahti/चाहता/चाहती',
  नंबर: 'नंबर/नम्बर/number/nambar/नाम/naam',
  हटा: 'हटा/हटाओ/हटाइए/हटाएं/हटाये/hata/hatao/hatayein/hataiye/hataye/hatado/delete/डिलीट/remove/रिमूव/nikal/nikalo/निकाल/निकालो/हटाना',
  ऑर्डर: 'ऑर्डर/आर्डर/order/parcel/पार्सल/saman/samaan/सामान/courier/कूरियर/bill/बिल/invoice/packet/पैकेट/product/delivery/address/account',
  मुझे: 'मुझे/मुझको/हमें/mujhe/muje/mujhko/mujko/hume/hamein/humko/mereko',
};

export const HINDI: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    ':बंद :मत/:नहीं :करो/होना/hona/karunga/karungi/करूंगा',
    ':मत_ही :हटा/hatana',
    ':हटा :मत_ही/:नहीं !po/ko/ako',
    'cancel/unsubscribe :मत_ही/:नहीं !po/ko/ako',
    ':मत/:नहीं roko/रोको/rokna/rokiye/रोकना',
    'गलत/galat/wrong :नंबर diya/dala/daala/daal/dal/likha/likh/bhara/bhar/de/de_diya/दिया/डाला/लिखा/डाल/भर',
    ':ऑर्डर me/mein/mai/men/main/pe/par/में/मे/पर/ka/ki/का/की .. गलत/galat/glt/wrong/galt :नंबर',
    'गलत/galat/glt/wrong/galt :नंबर .. :ऑर्डर me/mein/mai/men/main/pe/par/में/मे/पर/ka/ki/का/की',
    ':ऑर्डर .. :मत :भेजो',
    'abhi/अभी/aaj/आज/kal :मत :भेजो',
    ':मैसेज .. :नहीं मिला/mila/aaya/aya/आया/milta/मिले/mile',
    'bus stop',
  ],
  cues: [
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        ':मैसेज .. :बंद :करो',
        ':बंद :करो .. :मैसेज/ye_sab/ये_सब/yeh_sab/sab_kuch',
        'ये/यह/ye/yeh/isko/इसे सब/sab? :बंद :करो',
        'भेजना/bhejna :बंद :करो',
        ':मैसेज .. रोक/rok दो/do/dijiye/दीजिए',
        ':मैसेज करना/karna/भेजना/bhejna chhodo/chodo/chhod/छोड़ो/छोड़',
        ':मैसेज .. roko/rokiye/rokein/rokiyega/रोकिए/रोकिये/रोको ab/अब/please/bhai/yaar? $',
        'roko/rokiye/rokein/rokiyega/रोको/रोकिए/रोकिये ye/yeh/ये/यह/apne/अपने/in/aise/sab? .. :मैसेज',
        '^ please/bhai/भाई/कृपया/kripya/yaar/ab/अब? roko/rokiye/rokein/rokiyega/रोको/रोकिए/रोकिये please/bhai/yaar/भाई/ab? $',
        '^ please/bhai/भाई/कृपया/kripya/yaar? :बंद :करो please/bhai/yaar/भाई? $',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        'मेरा/मेरे/हमारा/mera/mere/hamara/apni :नंबर/no .. .. :हटा',
        'लिस्ट/सूची/list/suchi/database/system से/se .. :हटा',
        ':मुझे :हटा',
        ':हटा :करो? :मुझे',
        ':हटा do/दो :मुझे',
        ':नंबर :हटा :करो? मेरा/मेरे/mera/mere',
        ':हटा :करो? मेरा/मेरे/mera/mere :नंबर',
        ':हटा .. लिस्ट/सूची/list/suchi/database से/se',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        ':मैसेज .. :मत :भेजो',
        ':मैसेज mujhe/मुझे/ab/अब/aur/और/please/phir/dobara/yahan/yaha/wagera? :मत :करो',
        ':मुझे/aur/और/dobara/दोबारा/aage/आगे/phir/kuch/कुछ/ab/अब .. :मत :भेजो',
        '^ please/bhai/कृपया/kripya? :मत :भेजो',
        'परेशान/तंग/डिस्टर्ब/pareshan/presan/pareshaan/tang/disturb/irritate/spam/contact/bother/संपर्क :मत किया/kiya? :करो',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        ':मैसेज .. :नहीं :चाहिए',
        ':नहीं :चाहिए .. :मैसेज/ye_sab/ये_सब/yeh_sab',
        ':मुझे ये/ye/yeh/aapke/आपके/kuch/कुछ .. :नहीं :चाहिए $',
        ':मैसेज .. पसंद/pasand :नहीं',
        ':नहीं :चाहिए :बंद :करो',
        'सहमति/sahmati/consent .. वापस/wapas/withdraw',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: ['पीछा/peecha/picha/peechha छोड़/chod/chhod/chhodo/छोड़ो', 'अकेला/akela छोड़/chod/chhod दो/do'],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: ['गलत/galat/glt/galt नंबर/नम्बर/number/nambar/aadmi/आदमी/insaan/व्यक्ति'],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        ':मुझे :नहीं :चाहिए $',
        '^ :नहीं :चाहिए $',
        'bahut/बहुत/itne/इतने zyada/jyada/ज्यादा/saare/सारे? :मैसेज',
        '^ bas/बस karo/करो/kar/कर',
        'दिमाग/dimag/dimaag :मत खाओ/khao/kharab/खराब',
        '^ क्या/kya बकवास/bakwas/bakwaas',
        ':नंबर .. कहां/कहाँ/kahan/kaha/kahaan/kidhar/kaise/कैसे/किसने/kisne',
        'किसने/kisne .. :नंबर',
        'interest/interested/दिलचस्पी/रुचि/ruchi/dilchaspi :नहीं',
        'कभी/kabhi .. sign/subscribe/register/रजिस्टर/signup .. :नहीं',
        'block/ब्लॉक kar/कर .. दूंगा/दूंगी/dunga/dungi/raha/rahi',
        'शिकायत/shikayat/complaint/report/police .. करूंगा/करूंगी/karunga/karungi/dunga/कर',
        'कैसे/kaise :बंद/unsubscribe .. :मैसेज',
      ],
    },
    {
      id: 'keeps-texting',
      weight: UNSURE,
      says: ['kitne/कितने :मैसेज bhejoge/भेजोगे/bhejte/भेजते', 'roz/रोज .. :मैसेज bhejte/भेजते'],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [':नहीं जानता/जानती/जानते/jaanta/janta/jaanti/janti/jante', ':नंबर उनका/उसका/unka/uska .. :नहीं'],
    },
  ],
});
