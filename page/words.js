// The page's words in English, which are the keys, and in Portuguese. What the server says stays as it is.
const portuguese = {
  'Now': 'Agora', 'Queries': 'Consultas', 'Handlers': 'Handlers', 'Groups': 'Grupos', 'Refusals': 'Recusas', 'Alerts': 'Alertas', 'Audit': 'Auditoria',
  'Search: QueryId, id, key, label or receipt': 'Buscar: QueryId, id, chave, rótulo ou recibo', 'Search': 'Buscar', 'Log out': 'Sair', 'Log in': 'Entrar',
  'Token of a client': 'Token de um cliente', 'Only look': 'Apenas ver', 'Language': 'Idioma', 'Theme': 'Tema', 'Light': 'Claro', 'Dark': 'Escuro', 'As the system': 'Como o sistema',
  'Whoever may open the socket on the server logs in without a token:': 'Quem pode abrir o socket no servidor entra sem token:',
  'All is well.': 'Tudo em ordem.', 'Results are refused, now or soon:': 'Resultados são recusados, agora ou em breve:', 'Somebody should look at this:': 'Alguém deve olhar isto:',
  'Not ready': 'Não está pronto', 'Waiting': 'Aguardando', 'Overdue': 'Em atraso', 'Lost': 'Perdidas', 'Received a minute': 'Recebidos por minuto', 'Slowest commit': 'Commit mais lento',
  'Free disk': 'Disco livre', 'Newest backup': 'Último backup', 'none': 'nenhum', 'days left': 'dias restantes', 'oldest': 'mais antiga', 'Queue': 'Fila', 'writes that wait': 'gravações à espera',
  'Running since': 'Em execução desde', 'Hour': 'Hora', 'Day': 'Dia', '30 days': '30 dias', 'Time shown': 'Período',
  'Received': 'Recebidos', 'Refused': 'Recusados', 'Handed over': 'Entregues', 'Registered': 'Registradas', 'Dead': 'Mortas',
  'As a table': 'Como tabela', 'at most': 'no máximo', 'Live': 'Ao vivo', 'Pause': 'Pausar', 'Go on': 'Continuar', 'paused': 'em pausa', 'Nothing has come yet.': 'Nada chegou ainda.', 'more than are shown': 'mais do que se mostra',
  'The connection is lost; trying again.': 'A conexão caiu; tentando de novo.', 'Refused lately': 'Recusados há pouco', 'Time': 'Hora', 'Event': 'Evento', 'Query': 'Consulta', 'Label': 'Rótulo',
  'Name': 'Nome', 'Kind': 'Tipo', 'Circuit breaker': 'Disjuntor', 'breaker open': 'aberto', 'breaker closed': 'fechado', 'closed': 'encerrada', 'Backlog': 'Pendentes', 'Oldest': 'Mais antiga', 'Last error': 'Último erro', 'State': 'Estado',
  'Key': 'Chave', 'API': 'API', 'Group': 'Grupo', 'Client': 'Cliente', 'From': 'De', 'Until': 'Até', 'Created': 'Criada', 'Answered': 'Respondida', 'any': 'qualquer', 'Filter': 'Filtrar', 'Clear': 'Limpar',
  'Older': 'Mais antigos', 'Newest': 'Mais novos', 'Nothing is found.': 'Nada encontrado.', 'Loading…': 'Carregando…', 'Close these…': 'Encerrar estas…', 'Reason': 'Motivo', 'Cancel': 'Cancelar',
  'Choose which ones by a filter first.': 'Escolha quais por um filtro antes.', 'queries will be closed.': 'consultas serão encerradas.', 'Close': 'Encerrar', 'Close this query': 'Encerrar esta consulta',
  'Erase…': 'Apagar…', 'Erase': 'Apagar', 'What the store has of this query is erased for ever, and of every other query that shares its result.': 'O que o armazenamento tem desta consulta é apagado para sempre, e de toda outra que usa o mesmo resultado.', 'Sure?': 'Certo?', 'Only the newest 500 of each are shown.': 'Só os 500 mais novos de cada são mostrados.',
  'Understood as': 'Entendido como', 'QueryId or id': 'QueryId ou id', 'receipt': 'recibo', 'key': 'chave', 'label': 'rótulo', 'Nothing has this QueryId, id, key, label or receipt.': 'Nada tem este QueryId, id, chave, rótulo ou recibo.',
  'What happened': 'O que aconteceu', 'Document': 'Documento', 'Deadline': 'Prazo', 'Status': 'Status', 'Receipt': 'Recibo', 'Message': 'Mensagem', 'Metadata': 'Metadados', 'Datasets': 'Datasets', 'Shares the result of': 'Usa o resultado de',
  'registered': 'registrada', 'received': 'recebido', 'kept': 'gravado', 'from': 'de', 'answered': 'respondida', 'deadline passed': 'prazo vencido', 'closed by an operator': 'encerrada por um operador', 'erased': 'apagada', 'came again': 'veio de novo', 'times': 'vezes',
  'made for': 'criada para', 'attempt': 'tentativa', 'done': 'concluída', 'dead': 'morta', 'held': 'retida', 'due': 'pendente', 'running': 'em andamento', 'retry': 'tentar de novo', 'next attempt': 'próxima tentativa',
  'It may have personal data. Showing it is noted, if [api] audit is set.': 'Pode conter dados pessoais. A leitura é registrada se [api] audit estiver definido.', 'Show the document': 'Mostrar o documento', 'Hide': 'Ocultar', 'Show more': 'Mostrar mais',
  'Bytes as they came': 'Bytes como vieram', 'There is no result yet.': 'Ainda não há resultado.', 'Only the beginning is shown.': 'Só o começo é mostrado.', 'Find in the document': 'Achar no documento', 'found': 'encontrados', 'more': 'mais', 'Copy as': 'Copiar como', 'Copy': 'Copiar', 'Copied': 'Copiado',
  'Deliveries': 'Entregas', 'Delivery': 'Entrega', 'Attempts': 'Tentativas', 'Next attempt': 'Próxima tentativa', 'Actions': 'Ações', 'Handler': 'Handler', 'Retry': 'Tentar de novo', 'Hold': 'Reter', 'Release': 'Liberar', 'Give up': 'Desistir', 'Replay…': 'Reenviar…', 'Replay': 'Reenviar', 'Since (7d, or a time)': 'Desde (7d, ou uma data)',
  'deliveries will change.': 'entregas serão alteradas.', 'deliveries will be made for': 'entregas serão criadas para', 'Go ahead': 'Confirmar', 'Changed:': 'Alteradas:', 'Choose a handler or a state first.': 'Escolha antes um handler ou estado.',
  'Ended': 'Terminado', 'Progress': 'Progresso', 'Sender': 'Remetente', 'Path': 'Caminho', 'Count': 'Número', 'Last': 'Última', 'the rest': 'os demais', 'Began': 'Começou', 'What': 'O quê', 'Process': 'Processo', 'Action': 'Ação', 'lasting': 'em curso', 'critical': 'crítico', 'warning': 'aviso', 'Days': 'Dias',
  'Close this': 'Fechar', 'Keyboard': 'Teclado', 'search': 'buscar', 'next and previous row': 'linha seguinte e anterior', 'this help': 'esta ajuda', 'Times in': 'Horários em', 'local time': 'hora local', 'This client may not see this: it needs': 'Este cliente não pode ver isto: precisa de', 'No connection to postbackd.': 'Sem conexão com o postbackd.', 'Try again': 'Tentar de novo',
  'Nobody has read or erased anything, or [api] audit is not set.': 'Ninguém leu nem apagou nada, ou [api] audit não está definido.', 'min': 'min', 'h': 'h', 'd': 'd', 's': 's', 'in': 'em', 'You may only look.': 'Você só pode ver.', 'Page': 'Página', 
  'queued': 'na fila', 'submitting': 'sendo enviada', 'pending': 'pendente', 'failed': 'falhou', 'notified': 'notificada', 'overdue': 'em atraso', 'recovering': 'em recuperação', 'recovered': 'recuperada', 'lost': 'perdida', 'joined': 'unida a outra',
  'result': 'resultado', 'late': 'atrasado', 'extra': 'extra', 'notice': 'aviso da plataforma', 'unmatched': 'sem consulta', 'group': 'grupo', 'undecodable': 'ilegível', 'ok': 'ok', 'partial': 'parcial',
  'Report': 'Relatório', 'Log': 'Log', 'Results': 'Resultados', 'Notices': 'Avisos da plataforma', 'Extra results': 'Resultados extras', 'Without a query': 'Sem consulta', 'Undecodable': 'Ilegíveis', 'Repeats': 'Repetições', 'about': 'cerca de', 'Registered to answered': 'Do registro à resposta', 'Received to kept': 'Da chegada à gravação', 'Kept to handed over': 'Da gravação à entrega', 'Of them submitted': 'Destas, enviadas', 'After their deadline': 'Depois do prazo',
  'Not answered': 'Sem resposta', 'Each query has its result.': 'Cada consulta tem seu resultado.', 'Bytes': 'Bytes', 'How long it took': 'Quanto demorou', 'half within': 'metade em até', 'Nobody was refused.': 'Ninguém foi recusado.', 'Print': 'Imprimir', 'Object': 'Objeto', 'Level': 'Nível', 'The last lines of this process, since its start.': 'As últimas linhas deste processo, desde o início.', 'processing': 'em processamento', 'completed': 'concluído', 'error': 'erro', 'info': 'informação',
};

const stored = name => { try { return localStorage.getItem('postbackd-' + name); } catch { return null; } };
export const keep = (name, value) => { try { localStorage.setItem('postbackd-' + name, value); } catch { /* private window */ } };

export const choices = {
  language: stored('language') ?? (navigator.language.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en'),
  theme: stored('theme') ?? 'system',
  zone: stored('zone') ?? 'local',
};

export const t = text => choices.language === 'pt-BR' ? portuguese[text] ?? text : text;
export const hasWords = text => text in portuguese;

// 2026-01-31 12:00:00, in the zone that is chosen.
export function timeText(iso) {
  const time = new Date(iso);
  if (choices.zone === 'UTC') return time.toISOString().slice(0, 19).replace('T', ' ');
  const two = number => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

export const zoneName = () => choices.zone === 'UTC' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone || t('local time');

// 3 h 12 min
export function spanText(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 60) return `${seconds} ${t('s')}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} ${t('min')}` + (minutes < 10 && seconds % 60 ? ` ${seconds % 60} ${t('s')}` : '');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} ${t('h')}` + (minutes % 60 ? ` ${minutes % 60} ${t('min')}` : '');
  return `${Math.floor(hours / 24)} ${t('d')}` + (hours % 24 ? ` ${hours % 24} ${t('h')}` : '');
}

export const numberText = number => new Intl.NumberFormat(choices.language).format(number);

export function bytesText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; ++unit) bytes /= 1024;
  return `${numberText(unit ? Math.round(bytes * 10) / 10 : bytes)} ${units[unit]}`;
}
