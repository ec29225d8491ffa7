import type { NegatedPatterns } from './book.ts';

/** "Don't", where nobody is blamed for it: "you don't stop" is a complaint. */
const ENGLISH_LEAD =
  '!you/they/yall/u/why/if/it/we/guys/people/who/texts/messages/this/that/these/those/have/does/do/did/still';
const ENGLISH_WISH =
  'to/for/want/wants/need/wanting/trying/tryna/going/think/thinking/about/really/just/ever/even/plan/planning/mean/meaning/please/wish/asking';

export const ENGLISH_NEGATED: NegatedPatterns = {
  before: [
    `${ENGLISH_LEAD} dont/never/didnt/wasnt/havent/nobody/without/arent ever/please/just/you_dare/even/really? | !dont/never/not/didnt/nolonger/no/want/wants/need/needs/wish/trying`,
    `${ENGLISH_LEAD} dont/never/didnt/nobody want/wants/wanted/need/needs/ask/asked? | want/wants/need/needs/wish/asked this/these/them/it/you/your/the/everything ~~ to stop/end/quit`,
    `${ENGLISH_LEAD} wasnt/never/not | trying/tried to`,
    '!you/they/yall/u/i/why/should/could/would/can/will/it/we/have/did/do/if/still/also not ever/please/just? | !dont/never/not/didnt/nolonger/no/want/wants/need/needs/wish/tried',
    `${ENGLISH_LEAD} dont/never/didnt/wasnt/havent/nobody/not/wouldnt ${ENGLISH_WISH}? ${ENGLISH_WISH}? ${ENGLISH_WISH}? to/gonna/for | !ask/asked/tell/say/said/beg/text/reply/repeat/dont/never/not/no`,
    `${ENGLISH_LEAD} dont/never/didnt/nobody/not/wouldnt want/wants/wanted/ask/asked/asking/told/telling for? you/u/them/it/this/these/those/your/the texts/messages/alerts? to | !dont/never/not/no`,
    `${ENGLISH_LEAD} dont/never let the/these/this/your/my texts/messages/alerts? | stop/end`,
    '!you/they dont/didnt want/wanted off/out? | off/out',
    'no need/reason for_you? to? | !please/dont',
    'you dont need/have to | remove/take/delete/unsubscribe/optout',
  ],
  after: [],
  within: [],
  unless: [
    'again/anymore/twice/any_more/one_more/more/another',
    'im/ill/i_am/,_im/,_i_am telling/demanding/ordering',
  ],
};

const SPANISH_WISH =
  'me/nos/quiero/queremos/deseo/quisiera/quise/voy/vamos/a/pienso/que/es/quiera/gustaria/pedi/deben/necesitan/tienen';

export const SPANISH_NEGATED: NegatedPatterns = {
  before: [
    'no/nunca/jamas/tampoco me/nos/lo/la/los/las/le/les? me/nos/lo/la? | !*me/*nos/stop/alto/basta/de/sin/no/ya/como/por_favor/favor/dejan/paran/para/dejen/paren/mas',
    'nunca/jamas | dejen/dejes/paren',
    'no/nunca me/nos den/des | de',
    `no/nunca/jamas/tampoco/sin ${SPANISH_WISH}? ${SPANISH_WISH}? ${SPANISH_WISH}? ${SPANISH_WISH}? | *ar/*er/*ir/*arme/*erme/*irme/*arnos/dar`,
    `no/nunca/tampoco ${SPANISH_WISH}? ${SPANISH_WISH}? que me/nos/mi? |`,
  ],
  after: [],
  within: [],
  unless: ['mas_veces/otra_vez/de_nuevo', 'por_que/porque/cuando .. |'],
};

const PORTUGUESE_WISH = 'me/nos/quero/queria/vou/gostaria/pedi/pra/para/que/de/ser/a/precisa/precisam';

export const PORTUGUESE_NEGATED: NegatedPatterns = {
  before: [
    'nao/nunca/jamais me/nos? | !pare/para/parem/chega/basta/stop/cansei/de/por/nao/n/quero/como/gostaria/desejo/deixe',
    `nao/nunca/jamais/sem ${PORTUGUESE_WISH}? ${PORTUGUESE_WISH}? ${PORTUGUESE_WISH}? ${PORTUGUESE_WISH}? | *ar/*er/*ir`,
    'nunca/jamais | parem/pare/deixem',
  ],
  after: [],
  within: [],
  unless: ['de_novo/outra_vez', 'por_que/porque/quando .. |'],
};

export const FRENCH_NEGATED: NegatedPatterns = {
  before: [
    '!vous/ils/elles/on/ca/tu/jamais ne me/nous/te/m/pas/jamais? me/nous/m? | !plus/pu/pus/pas/jamais',
    'ne me/nous/te/m | !plus/pu/pus/pas/jamais',
    'pas/jamais/surtout question/envie/besoin/lintention? de/d? me/nous/te/m? | desabonner/desinscrire/desabonne/*sabonner',
    'veux/veut/souhaite/voudrais pas me/nous? | sortir/annuler/resilier/quitter/desabonner/desinscrire',
    'veux/veut/souhaite/voudrais pas que vous? | ',
    'pourquoi/est_ce_que vous/tu avez/as | !pas',
    'pourquoi | arreter/cesser/desabonner',
  ],
  after: [
    'moi/nous? surtout? pas/jamais svp/merci/sil_vous_plait/stp? $',
    'moi/nous? surtout? pas de_la/de_votre/de_cette/tout_de_suite',
    ', jamais $',
  ],
  within: ['moi/nous pas de/du/des', 'menlevez/menleve pas'],
  unless: ['pourquoi .. ne .. |'],
};

export const GERMAN_NEGATED: NegatedPatterns = {
  before: ['nicht/nie/niemals dass ihr/sie? |'],
  after: ['bitte? nicht/nie bitte/danke? $', 'bitte? nicht/nie aus/von/vom'],
  within: [
    'mich/nummer/uns/mir bitte/ja/bloß? nicht/nie !mehr/wieder/länger/weiter',
    'sms/nachrichten nicht',
  ],
  unless: ['warum/wieso/weshalb/wann .. |'],
};

export const ITALIAN_NEGATED: NegatedPatterns = {
  before: [
    'non/nn mi/ci/vi? | !*mi/*ci/basta/stop/non/nn/mai/niente/nessun/smettete/smettetela/smettila/voglio/vorrei/desidero/per_favore/prego/chiedo',
    'non/nn voglio/vorrei/ho/desidero/chiedo? chiesto/detto/intendo? di/essere? | *re/*ato/*ata/smettere',
    'non/nn | voglio/vorrei/desidero essere',
  ],
  after: [],
  within: [],
  unless: ['perche/quando .. |'],
};

export const POLISH_NEGATED: NegatedPatterns = {
  before: [
    'nie się/mnie/mi? | !nie/proszę/stop/dość/koniec/mam/chcę/*cie_się',
    'nie chcę/chcemy/mam/zamierzam/prosiłem/prosiłam zamiaru/się? | *ac/*ic/*yc/zebyscie/zebys',
  ],
  after: [],
  within: [],
  unless: ['dlaczego/czemu/kiedy .. |'],
};

export const RUSSIAN_NEGATED: NegatedPatterns = {
  before: [
    'не/ne | !не/ne/прошу/хочу/стоп/stop/хватит',
    'не/ne надо/нужно/хочу/буду/просил/просила/собираюсь чтобы/вас/вы? | *ть/*ться',
  ],
  after: [],
  within: [],
  unless: ['почему/когда/зачем .. |'],
};

export const CHINESE_NEGATED: NegatedPatterns = {
  before: [
    '不要/别/別/请勿/請勿/不用/不想/没有要/沒有要/不是要/不是/没有/没要/从不 | !不/别/別/再/停',
    '为什么/為什麼/怎么/怎麼 你们/你們/就? | 停止',
    '你们/你們 | 停止 !给/給 .. .. .. 吗/嗎',
  ],
  after: [],
  within: [],
  unless: ['为什么/為什麼/怎么/怎麼 .. 没有/沒有 |'],
};

export const JAPANESE_NEGATED: NegatedPatterns = {
  before: ['なぜ/どうして/なんで |'],
  after: [
    'は しない/しません/したくない/したくありません !と/なら/場合',
    'はしたくない/したくない $',
    'になった',
  ],
  within: [],
  unless: [],
};

export const KOREAN_NEGATED: NegatedPatterns = {
  before: [],
  after: [
    '안 할게/할래/할거/할_거/합니다/하겠',
    '은/는 안 할게/할래/합니다/해요',
    '하지 마/말/않',
    '됐나/됐어요/되었나',
    '어떻게 풀',
  ],
  within: [],
  unless: [],
};

export const VIETNAMESE_NEGATED: NegatedPatterns = {
  before: [
    'đừng/không/ko/chưa/chẳng | gỡ/loại/bỏ/rút/xóa/xoá/từ_chối/hủy',
    'đừng/không/chưa bao_giờ/hề | ngừng/ngưng/dừng/gỡ/xóa/hủy',
    'sao/tại_sao/vì_sao bạn/anh/chị/lại? | ngừng/ngưng/dừng',
  ],
  after: [],
  within: [],
  unless: ['sao .. không/chưa |'],
};

export const HAITIAN_NEGATED: NegatedPatterns = {
  before: [
    '!nou/ou/yo/w pa/pap/p_ap/poko/pinga janm? | !sispann/stop/pa',
    'poukisa/eske nou/ou/w? | sispann',
  ],
  after: [],
  within: [],
  unless: ['poukisa .. pa |'],
};

export const ARABIC_NEGATED: NegatedPatterns = {
  before: [
    'لا/لن/لم/ما/مش/مو/ولا | ألغي/ألغوا/أسحب/احذف',
    'لا/لن/لم/ما/مش/مو أريد/عايز/عايزه/عايزة/بدي/ابغى/أطلب/طلبت/اطلب أن/ان/إن? |',
    'لماذا/ليش تم? | إيقاف/وقف/وقفتوا/توقف/توقفتم',
  ],
  after: [],
  within: [],
  unless: ['لماذا/ليش/ليه لا/ما/لم |'],
};
