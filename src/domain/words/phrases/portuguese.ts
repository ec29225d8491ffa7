import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { PORTUGUESE_BRIEF } from './brief-refusals.ts';
import { PORTUGUESE_NEGATED } from './negated.ts';
import { PORTUGUESE_AT_MOST_HELD } from './romance-at-most-held.ts';
import { PORTUGUESE_WISHES } from './romance-wishes.ts';
import { SIZES } from './sizes.ts';
import { PORTUGUESE_UNASKED } from './unasked.ts';

/** What came to them, before what it was: a number of ours, or a size. */
export const VEIO = [
  ...['mandaram', 'mandou', 'enviaram', 'enviou', 'deram'].flatMap((came) => [`me_${came}`, `nos_${came}`]),
  ...['veio', 'chegou'],
]
  .flatMap((came) => [`${came}_o`, `${came}_um`])
  .join('/');

const GROUPS = {
  veio: VEIO,
  tamanho: `tamanho/${SIZES}`,
  errado: 'errado/errada/equivocado/equivocada/incorrecto/erroneo',
  /** "Num" is read as "number". */
  nao: 'nao/n/number',
  me: 'me/mim',
  pedido:
    'pedido/compra/encomenda/entrega/fatura/nota/boleto/conta/cartao/perfil/endereco/ficha/reserva/formulario',
  parem:
    'pare/parem/para/paro/parar/deixe/deixem/deixar/cessem/chega/basta/stop/cansei/cansado/cansada/farto/farta',
  mandar: [
    'mandar/enviar/escrever/ligar/incomodar/perturbar/encher/contatar/contactar/mandando/enviando/me_mandar/me_enviar',
    'me_ligar/me_encher/me_perturbar/me_incomodar/me_escrever/receber/chatear',
  ].join('/'),
  mensagens: [
    'mensagem/mensagens/message/messages/sms/texto/textos/text/texts/propaganda/propagandas/spam/torpedo/torpedos',
    'promocoes/notificacoes/publicidade/anuncios/msgs/ofertas',
  ].join('/'),
  perturbe:
    'escreva/escrevam/ligue/liguem/perturbe/perturbem/incomode/incomodem/contate/contatem/contacte/contactem/chateie/chateiem',
  mande: 'mande/mandem/envie/enviem/manda/mandar/enviar',
  tirem: [
    'tira/tire/tirem/tirar/retire/retirem/retirar/remova/removam/remover/remove/apague/apaguem/apagar/apaga/exclua',
    'excluam/excluir/exclui/delete/deletem/deletar/elimine/eliminem',
  ].join('/'),
  lista:
    'number/lista/listas/numero/contato/cadastro/dados/telefone/base/telemovel/nome/contatos/celular/sistema',
};

export const PORTUGUESE: PhraseBook = {
  language: 'pt',
  groups: GROUPS,
  innocent: [
    ...PORTUGUESE_UNASKED,
    'nao pare/parem/pares/parar/deixe/deixem',
    'nao quero/queria/vou me? cancelar/sair/parar/descadastrar',
    'sem parar',
    'stop/pare/parem meu/o/minha/a? pedido/compra/entrega/encomenda por_favor? $',
    'nao quero/queria/queremos deixar/parar de receber',
    'nao quero/queremos perder/ficar_sem as/os/suas/seus/essas/estas/nenhum/nenhuma? melhores/proximas/novas? :mensagens',
    'nao quero/queremos que parem/pare/cancelem',
    'celular/telefone/bateria/carro/internet morreu',
    ':nao recebi/chegou/vi/tenho/entendi/encontrei .. :mensagens',
    'cancelar/cancele/cancelem/cancela/cancelo meu/minha/o/a/um/uma? ~~ pedido/compra/consulta/reserva/voo/encomenda/entrega/viagem',
    'comprei/pedi/foi/mandei por engano',
    'passei/dei/coloquei/digitei/informei/escrevi/botei/pus .. numero errado',
    'me/nos? entregaram/trouxeram o/um numero errado',
    ':veio numero :errado , calco/eu_calco/uso/eu_uso/tamanho/meu_tamanho !que/para/pra/esse/este/essa/o/um/ha/faz/cancelar/sair/parar/outro/nada',
    ':veio numero :errado , pedi/eu_pedi/comprei/eu_comprei o/a/um/uma? numero? :tamanho !vezes/dias/meses/:mensagens',
    ':veio numero :errado , pedi/eu_pedi/comprei/eu_comprei um? outro numero? $',
    'numero :errado do/de/da/dos tenis/sapato/sapatos/calcado/chinelo/sandalia/bota/rastreio/rastreamento',
    'numero/telefone :errado no/na/do/da/em/para/pro/pra meu/minha/o/a? :pedido',
  ],
  atMostHeld: PORTUGUESE_AT_MOST_HELD,
  negated: PORTUGUESE_NEGATED,
  cues: [
    ...PORTUGUESE_WISHES,
    ...PORTUGUESE_BRIEF,
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        ':parem de/di/d/com/por_favor/de_me/com_as/com_essas/com_esses/logo .. :mandar/:mensagens',
        'chega/basta/cansei de/com .. :mensagens/isso',
        'cancelar/cancele/cancelem/cancela/quero_cancelar minha/a/o/meu/essa/as? inscricao/assinatura/cadastro/:mensagens/envio/recebimento',
        'parem/pare/para com isso',
        '^ pelo_amor de_deus ja? parem/pare/para/chega $',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        'solicito/peco/exijo a? remocao/exclusao do? meu numero/number/contato',
        '^ por_favor? desativar/encerrar/suspender/suspendam o/as/os? envio? de? :mensagens/inscricao/assinatura $',
        '^ eu? gostaria de? sair $',
        '^ sair do/desse/deste grupo $',
        'como saio dessa/desta/da lista $',
        'descadastrar/descadastre/descadastrem/descadastramento/desinscrever/desinscrevam/desinscreva/desinscrevam',
        'gostaria de cancelar $',
        'quero/gostaria/desejo de? sair/sair_da/cancelar disso/da_lista/dessa_lista/desta_lista/desse/dessa/isso',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        ':me :tirem !uma_duvida/uma_foto/esse_item/essa_duvida/do_pedido/este_item/essa_foto',
        ':tirem :me $',
        ':tirem :me da/desta/dessa/de/do',
        ':tirem me/meu/este/o/esse/meus/minha .. :lista',
        ':tirem .. da/desta/dessa/do/de sua/vossa/seu? lista/cadastro/base',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        'nunca/jamais mais me? :mande',
        '!nao/n/nunca ja? pedi/pedimos pra/para parar/pararem $',
        '^ podem/poderiam parar por_favor? $',
        ':nao/nunca :me/mais/nos? :perturbe',
        'nenvie/nenviem .. mais/nada/:mensagens',
        ':nao/nunca :me/mais/nos/quero_que_me? :mande .. mais/nada/:mensagens/isso/isto',
        'nao entre/entrem mais? em contato',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        '^ nada_de/sem/chega_de/nenhuma/zero :mensagens por_favor/obrigado/obrigada? $',
        ':nao autorizo/autorizamos mais? o/esse/este/qualquer? envio $',
        ':nao quero/qro/kero/kro/desejo/queremos/preciso/gostaria/autorizo/autorizei .. :mensagens',
        ':nao quero/qro/kero/kro/desejo/queremos/gostaria .. receber !meu/minha/o/a/um/uma',
        ':nao quero/qro/kero/kro/desejo mais isso/isto/nada/essas $',
        ':nao quero mais $',
        'nautorizei/nautorizo .. me/mandar/enviar/:mensagens',
        ':nao/nunca autorizei/autorizo/permiti/permito voces/vcs/vc/ninguem? a? me mandar/enviar/ligar/escrever',
        ':nao quero/qro/kero/kro/desejo continuar/seguir recebendo/a_receber !meu/minha/o',
        'nenhuma/sem/nao mais .. :mensagens',
        'sem meu/minha consentimento/permissao/autorizacao',
      ],
    },
    { id: 'consent-withdrawn', weight: SURE, says: ['retiro/revogo meu/o consentimento'] },
    {
      id: 'marketing-objection',
      weight: SURE,
      says: [
        '^ eu? me? oponho/opomos me/nos? a/ao receber? o/a/qualquer/toda? publicidade/propaganda/marketing direto/por_favor? $',
      ],
    },
    {
      id: 'legal-objection',
      weight: UNSURE,
      says: [
        '!nao_me/n_me/nao/n oponho/opomos me/nos? a/ao/contra o/a/qualquer/todo/receber/uso? mais/o/a? tratamento/uso/utilizacao/processamento/publicidade/propaganda/marketing !do_meu_pedido/do_pedido/do_pagamento',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'deixa/deixe/deixem me? em paz',
        'me deixa/deixe/deixem quieto/quieta',
        'vai/vao se foder/catar/ferrar',
        'vai/vao a/pra merda',
        'enche/encham/encher .. saco',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: ['vou/vamos processar/acionar/denunciar/bloquear/reclamar', 'procon/anatel/lgpd'],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'pessoa/telefone errado/errada',
        '!:veio numero errado/errada',
        'e/foi/deve_ser um? engano',
        '^ engano $',
        'enganou/enganaram/enganaste/enganado/enganados/enganada/confundiu/confundiram se? no/de/o/do numero/telefone/contato',
        ':nao tem/usa/possui mais esse/este/desse/deste numero/telefone !na/no/em/para/disponivel',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        '^ nao envie/enviem/mandar/enviar por_favor? $',
        'falei/disse que nao quero $',
        '^ nao quero/desejo isso/mais $',
        '^ nao dou permissao $',
        '^ eu? me? oponho me? $',
        'direito de oposicao',
        'nao consigo/posso me? sair/descadastrar',
        'nao consigo/posso cancelar !meu/minha/o/a/um/uma',
        'vezes .. dizer/falar parar/pare',
        'como/posso cancelo/cancelar isso/isto $',
        '^ me larga/larguem $',
        'larga/larguem .. pe',
        'vai/vao tomar no',
        '^ sem interesse $',
        'nao me/nos interessa/interessam',
        'quem .. deu/passou .. numero/contato',
        'como/onde .. conseguiram/conseguiu/obtiveram/arrumaram .. numero/contato',
        'nao tenho/temos mais? interesse',
        'nao estou/estamos interessado/interessada',
        'nunca/:nao me? inscrevi/cadastrei/autorizei/assinei',
        '^ chega $',
        '^ golpe $',
        'e/isso_e/que golpe $',
        'assedio',
        'cala/calem a boca',
        'nao pedi/solicitei/autorizei .. isso/isto/:mensagens',
        '^ some/sumam daqui/da_minha_vida',
        '^ sumam $',
        '^ por_favor? cancelar/cancele/cancelem isso/isto/essa/tudo? por_favor/ja? $',
        'muitas/muita/tantas/tanta/demais :mensagens $',
        'voces/vcs/eles mandam muitas/muita/tantas/tanta :mensagens',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        'nao conheco',
        'nao mora/trabalha mais? aqui',
        // Perhaps a size that came.
        ':veio numero :errado',
        'novo numero',
        'numero novo',
        'faleceu/morreu',
        'nao e mais o/dele/dela/esse numero/telefone',
        'numero/telefone nao e mais da/do/de/meu/minha',
        'nao e o numero/telefone dela/dele/da/do',
      ],
    },
  ],
};
