import { type Cue, UNSURE } from './book.ts';

/** The whole text, short enough that it may refuse the texts or something else: a person decides. Each in its own language. */
const brief = (says: string[]): Cue => ({ id: 'brief-refusal', weight: UNSURE, says });
const another = (says: string[]): Cue => ({ id: 'another-person', weight: UNSURE, wrongNumber: true, says });

export const ENGLISH_BRIEF: Cue[] = [
  brief([
    '^^ please? not wanted please? $$',
    '^^ i? decline/declined please? $$',
    '^^ never again please? $$',
    '^^ please? take me out please? $$',
    '^^ please? take/cancel off/out please? $$',
    '^^ please? canceling/cancelling please? $$',
    '^^ please? cancel me out please? $$',
    '^^ i? dont send to? me/nothing please? $$',
    '^^ no send again please/thank/thanks? $$',
    '^^ please not send $$',
    '^^ no me text $$',
    '^^ rm/remove me/cell please? $$',
    '^^ stiop/stoip/stpop please? $$',
    '^^ i? didnt want these/this/them $$',
    '^^ these :texts are over $$',
    '^^ dont test me anymore $$',
    'get off my phone weirdo/creep/loser/jerk $$',
    'violating the law by :contacting',
    'quit messing with me $$',
    '^^ how do i get off this thing $$',
  ]),
];

export const SPANISH_BRIEF: Cue[] = [
  brief([
    '^^ yo/ya? ya? no/ya_no quiero/deseo esto/nada/mas/recibir? por_favor/gracias? $$',
    '^^ por_favor/porfa? ya_no por_favor/gracias/mas? $$',
    '^^ por_favor/ya? no manden/mande/mandar/envien/envie/enviar/llamar por_favor/gracias? $$',
    '^^ ya? no lo/los/la/las quiero recibir? por_favor/gracias? $$',
    '^^ por_favor/ya? dejen/detengan/dejen_de por_favor/ya? $$',
    '^^ ya? es? suficiente $$',
    '^^ por_favor? terminar/finalizar/borrar/cancelo/cancelacion/salirme/me_salgo/rechazo por_favor? $$',
    '^^ yo? no acepto/autorizo $$',
    '^^ no tienen/tiene/tienes mi permiso/consentimiento/autorizacion $$',
    'no autorizo el uso de mis datos $$',
    '^^ no estoy de acuerdo con estos/sus :mensajes $$',
    '^^ nunca mas por_favor? $$',
    '^^ olvidense/olvidate/olvidese de mi $$',
    '^^ por_favor? bloqueen/bloquee/bloquea mi numero/number $$',
    '^^ los/las/les bloqueo/bloquee $$',
    '^^ bloqueenme/bloqueeme/bloqueame $$',
    '^^ ya? no joda/jodan/frieguen/friegues/rompan mas? las_bolas/ya? $$',
    'tienen/tiene hasta_la_madre/podrido/podrida/hasta_el_gorro con/de sus/los/tantos :mensajes',
    '^^ me valen/vale sus :mensajes $$',
    '^^ fuera de mi telefono/celular $$',
    '^^ por_favor? suspendan/cancelar/suspender el? servicio $$',
    '^^ por_favor? cancelar mi cuenta $$',
    '^^ para/ya_terminen con eso/esto $$',
    '^^ les/te/ya_les dije que ya? no/ya_no $$',
    '^^ cuantas veces tengo que decir que no $$',
  ]),
  another([
    '^^ este/ese/esta no es el/mi numero/number de? .. $$',
    '^^ tiene/tienen mal el numero/number $$',
    'ya no usa este/ese numero/number',
  ]),
];

export const FRENCH_BRIEF: Cue[] = [
  brief([
    '^^ jannule/je_quitte/desactiver/decalisse/vos_gueules svp? $$',
    '^^ je? veux pas ca/cela $$',
    'saoulez/gonflez/soulez/fatiguez avec vos/tes/ces :messages',
    'faites chier avec vos/tes/ces :messages',
    '^^ svp? bloquez/bloque mon numero svp? $$',
    '^^ je vous/te bloque $$',
    '^^ moi pas vouloir :messages $$',
  ]),
  another(['numero nest plus a lui/elle/eux']),
];

export const PORTUGUESE_BRIEF: Cue[] = [
  brief([
    '^^ cancelamento/desisto/encerrar por_favor? $$',
    '^^ sem interesse obrigado/obrigada? $$',
    'aguento mais essas/as/suas/tantas :mensagens',
    'saco cheio dessas/das/de/com :mensagens',
    '^^ por_favor? bloqueia/bloqueie/bloqueiem meu numero/number $$',
    '^^ vai/vao encher outro $$',
  ]),
  another(['numero/number/telefone nao e mais? dele/dela/da/do']),
];

export const GERMAN_BRIEF: Cue[] = [
  brief([
    '^^ hiermit? ich? kündige $$',
    '^^ stoppt/stellt/unterlassen_sie/unterlasst/lasst das/den_scheiß ein? $$',
    '^^ haltet/halt die/das/s? fresse/maul/klappe $$',
    '^^ halts maul $$',
    '^^ nerv/nervt mich? nicht $$',
    '^^ mir reichts $$',
    '^^ ich? zeige sie/euch an $$',
    '^^ ich? verklage sie/euch $$',
    '^^ ich? will hier/da? raus $$',
    '^^ bitte? nicht senden/schicken bitte? $$',
    '^^ abo beenden/stornieren bitte? $$',
  ]),
  another(['^^ das? ist nicht mehr ihre/seine/meine nummer $$', '^^ da sind sie falsch $$']),
];

export const RUSSIAN_BRIEF: Cue[] = [
  brief([
    '^^ пошли вы $$',
    '^^ сколько можно писать/слать? $$',
    '^^ я? напишу/подам жалобу $$',
    '^^ я? в суд подам $$',
    '^^ выход/выйти/конец/неинтересно $$',
  ]),
  another(['^^ это не её/его номер $$']),
];

export const ITALIAN_BRIEF: Cue[] = [
  brief([
    '^^ uscire/esci $$',
    '^^ annullare/annulla tutto $$',
    'non ho mai chiesto/richiesto questi :messaggi',
  ]),
];

export const POLISH_BRIEF: Cue[] = [
  brief(['^^ rezygnacja/dosyć $$', '^^ jak z tego zrezygnować $$', '^^ wyłączcie/wyłącz mi? to $$']),
];

export const ARABIC_BRIEF: Cue[] = [
  brief([
    '^^ بس بقى/خلاص $$',
    '^^ حذف/انهاء/خروج/رفض/حظر/بلوك/سبام $$',
    '^^ انقلعوا/اتلهوا $$',
    'لم أوافق على هذه? :رسائل',
    '^^ رح/راح/سوف احظركم/أحظركم $$',
  ]),
  another(['^^ انت غلطان $$', '^^ أنا? مش أنا $$', 'هذا ليس رقم']),
];

export const HAITIAN_BRIEF: Cue[] = [
  brief([
    '^^ rete la? $$',
    '^^ ase atò $$',
    '^^ m/mwen vle soti $$',
    '^^ fini ak sa $$',
    '^^ mwen/m pa bay pèmisyon $$',
    '^^ plis :mesaj non $$',
    '^^ m/mwen pral rele lapolis $$',
  ]),
];

export const TAGALOG_BRIEF: Cue[] = [
  brief([
    '^^ wag/huwag/hwag na po? $$',
    '^^ ayaw/ayoko ko? nito/neto $$',
    '^^ layuan nyo/niyo ako $$',
    '^^ block ko na? kayo $$',
    '^^ spam kayo $$',
    '^^ hindi ko na gusto $$',
  ]),
  another(['^^ wrong send po? $$', 'di/hindi na sa kanya tong/itong number']),
];

export const CHINESE_BRIEF: Cue[] = [
  brief(['^^ 我 不要 收 $$', '^^ 唔要/不再需要 $$', '^^ 解除 绑定/綁定 $$']),
];

export const JAPANESE_BRIEF: Cue[] = [
  brief(['^^ ブロック します/する $$', '^^ キャンセル したい/希望/します? $$']),
];

export const VIETNAMESE_BRIEF: Cue[] = [
  brief(['^^ làm_sao/cách để? hủy/huỷ $$', '^^ tôi kiện đó $$', '^^ tôi đã nói dừng $$']),
];

export const HINDI_BRIEF: Cue[] = [brief(['^^ cancel/कैंसल :करो $$', '^^ kaise/कैसे :बंद :करो $$'])];
