/** When and where not, said after "don't text me"; "at all" and "at this number" are no such limit. */
export const ENGLISH_LIMITS: string = [
  'before/until/till/so_early/so_late/this_early/this_late/that_early/that_late/too_early/too_late',
  ...'1/2/3/4/5/6/7/8/9/10/11/12'
    .split('/')
    .map((hour) => `after_${hour}/after_${hour}pm/past_${hour}/past_${hour}pm/at_${hour}am/at_${hour}pm`),
  'after_midnight/after_dark/after_hours/after_work/after_school/after_dinner/after_bedtime/at_work/at_night/at_school',
  'on_sundays/on_sunday/on_saturdays/on_saturday/on_weekends/on_weekdays/on_the_weekend/at_church/in_class/at_midnight',
  'during_work/during_the_day/during_school/during_church/during_class/during_meetings/during_business_hours/during_dinner',
].join('/');

/** Refused at some hour, day or place only, or of somebody else: a person decides. Each in its own language. */
export const ENGLISH_LIMITED: string[] = [
  `dont/never/not :contact me/us ${ENGLISH_LIMITS} !i/we/my/it/you`,
  'dont/never :contact :someone about/regarding/until/before/yet',
  'dont/never :contact :someone , its/it_is/this_is/thats a? surprise/secret/gift/present',
  'dont you ever/dare stop/quit',
  '^^ dont bother please/thanks? $$',
  '^ dont bother me none',
];

export const SPANISH_LIMITED: string[] = [
  'no me/nos? :manden/:escriban/:mandar .. tan_temprano/tan_tarde/de_noche/en_la_noche/por_la_noche/por_las_noches/de_madrugada/en_la_madrugada/despues_de_las/antes_de_las/a_estas_horas/a_esta_hora/los_domingos/al_trabajo/en_el_trabajo/por_correo',
  'no me/nos? :manden/:escriban nada? todavia/aun/hasta_el/hasta_la/hasta_que/hasta_manana',
  'no le/les :manden/:escriban .. a mi/el/ella',
  'no me/nos? :manden mas? el/la/un/una/del/mi ~~ pedido/orden/paquete/azul/rojo/roja/negro/blanco/catalogo',
  'no quiero/puedo/voy_a contestar/responder .. :mensajes',
];

export const FRENCH_LIMITED: string[] = [
  'pas/plus de? :messages la_nuit/si_tot/si_tard/le_dimanche/le_soir/au_travail',
  ':ecrivez/:mecrivez moi/nous? pas/plus la_nuit/si_tot/si_tard/le_dimanche/le_soir/au_travail/avant/apres_21/apres_22',
  'veux/voudrais/peux pas repondre .. :messages',
];

export const PORTUGUESE_LIMITED: string[] = [
  ':nao me/nos? :mande/:perturbe .. de_noite/a_noite/de_madrugada/antes_das/depois_das/tao_cedo/tao_tarde/aos_domingos/no_trabalho',
  ':nao me/nos? ligue/liguem/liga agora',
  ':nao me/nos? ligue/liguem/liga , estou/to/eu_estou no_trabalho/em_reuniao/trabalhando/ocupado/ocupada/dirigindo',
  ':nao quero/posso/vou responder .. :mensagens',
];

export const GERMAN_LIMITED: string[] = [
  ':schreibt sie/ihr/bitte? mir/mich/uns? .. :nicht/nie/keine/keinen .. nachts/abends/sonntags/am_sonntag/am_wochenende/so_früh/so_spät/in_der_nacht',
  ':schreibt sie/ihr/bitte? mir/mich/uns? nachts/abends/sonntags/am_sonntag/am_wochenende/so_früh/so_spät .. :nicht/keine/keinen',
];

export const ITALIAN_LIMITED: string[] = [
  'non/nn mi/ci? :nonmandate .. di_notte/la_notte/di_sera/la_sera/così_presto/così_tardi/prima_delle/dopo_le/la_domenica/al_lavoro',
  'non/nn voglio/posso rispondere .. :messaggi',
];

export const POLISH_LIMITED: string[] = [
  'nie :niepiszcie do_mnie/mi/nam? .. wieczorem/wieczorami/w_nocy/tak_wcześnie/tak_późno/w_niedziele/w_niedzielę',
];

export const RUSSIAN_LIMITED: string[] = [
  'не/ne :пишите мне/нам? .. ночью/по_ночам/так_рано/так_поздно/по_воскресеньям/по_выходным',
  'не/ne хочу/буду/могу отвечать .. :смс',
];

export const CHINESE_LIMITED: string[] = [
  '晚上/半夜/夜里/夜裡/凌晨/周末/大半夜 请/請/就? :别 再? :给我? :发',
  ':别 在? 晚上/半夜/夜里/夜裡/凌晨/周末/大半夜 :给我? :发',
];

export const KOREAN_LIMITED: string[] = [
  '밤에/새벽에/주말에/한밤중에/밤늦게 는/도? :문자? :을? :보내지 마/말',
];

export const VIETNAMESE_LIMITED: string[] = [
  ':đừng nhắn/gửi/gọi .. buổi_tối/ban_đêm/nửa_đêm/giữa_đêm/khuya/sáng_sớm/sớm_quá',
  ':đừng gọi nữa? , :tôi? đang họp/bận/làm_việc/lái_xe',
  ':đừng gọi nữa :tôi đang họp/bận/làm_việc/lái_xe',
];

export const TAGALOG_LIMITED: string[] = [
  ':wag :po? :po? :po? mag? :text .. pag_gabi/kapag_gabi/sa_gabi/tuwing_gabi/tuwing_linggo/ng_madaling_araw/sa_madaling_araw',
];

export const ARABIC_LIMITED: string[] = [
  ':لا :ترسل .. بالليل/ليلا/في_الليل/الصبح_بدري/بعد_الساعة/قبل_الساعة',
  'لا/ما/مش :أريد الرد/أرد على',
  'هل :توقف/:أوقفوا',
];
