# bash completion for postbackctl and postbackd
_postbackctl()
{
  local cur prev words cword
  _init_completion || return
  case $prev in
    --config) _filedir toml; return ;;
    --directory) _filedir -d; return ;;
    --to | --token-file | --ca-file | --signing-secret-file) _filedir; return ;;
    --format) COMPREPLY=($(compgen -W 'ndjson csv' -- "$cur")); return ;;
    --batch) _filedir; return ;;
    --api) COMPREPLY=($(compgen -W 'addresses companies lawsuits marketplace ondemand people products validations vehicles' -- "$cur")); return ;;
    --handler) COMPREPLY=($(compgen -W "$(sed -n 's/^name *= *"\(.*\)".*/\1/p' /etc/postbackd/postbackd.toml /etc/postbackd/conf.d/*.toml 2>/dev/null)" -- "$cur")); return ;;
    --state) COMPREPLY=($(compgen -W 'queued submitting pending answered failed notified overdue recovering recovered lost closed joined' -- "$cur")); return ;;
    --label | --datasets | --metadata | --key | --after | --deadline | --route | --since | --limit | --older-than | --reason | --day | --keep | --max-age | --then) return ;;
  esac
  local command= word
  for word in "${words[@]:1:cword-1}"; do
    case $word in register | hooks | wait | watch | listen | submit | fans | fanbase | show | result | body | list | close | status | backup | restore | verify | export | erase | deliveries | handlers | retry | hold | release | kill | replay | report | page | usage | healthcheck | apply | store) command=$word ;; esac
  done
  case $command in
    register) COMPREPLY=($(compgen -W '--label --api --datasets --metadata --group --key --deadline --config --help' -- "$cur")) ;;
    wait) COMPREPLY=($(compgen -W '--url --token-file --ca-file --config --help' -- "$cur")) ;;
    watch) COMPREPLY=($(compgen -W '--after --url --token-file --ca-file --config --help' -- "$cur")) ;;
    listen) COMPREPLY=($(compgen -W '--forward --signing-secret-file --after --skip-after --url --token-file --ca-file --config --help' -- "$cur")) ;;
    hooks) COMPREPLY=($(compgen -W '--label --api --datasets --metadata --group --key --deadline --route --authorization --config --help' -- "$cur")) ;;
    submit) COMPREPLY=($(compgen -W '--api --datasets --q --label --key --group --deadline --expires --max-age --again --recover --wait --batch --run --config --help' -- "$cur")) ;;
    fans) COMPREPLY=($(compgen -W 'import --config --help' -- "$cur")); [[ $prev == import ]] && _filedir csv ;;
    fanbase) COMPREPLY=($(compgen -W 'enqueue status registeruser event --handler --action --key --app --platform --value --date --config --help' -- "$cur")) ;;
    deliveries) COMPREPLY=($(compgen -W '--handler --query --older-than --due --dead --held --json --config --help' -- "$cur")) ;;
    retry | hold | release) COMPREPLY=($(compgen -W '--handler --query --older-than --due --dead --held --all --dry-run --config --help' -- "$cur")) ;;
    kill) COMPREPLY=($(compgen -W '--handler --query --older-than --due --dead --held --all --reason --dry-run --config --help' -- "$cur")) ;;
    page) COMPREPLY=($(compgen -W '--look --config --help' -- "$cur")) ;;
    usage) COMPREPLY=($(compgen -W '--since --by --json --config --help' -- "$cur")) ;;
    report) COMPREPLY=($(compgen -W '--day --since --json --config --help' -- "$cur")) ;;
    apply) COMPREPLY=($(compgen -W '--check --config --help' -- "$cur")) ;;
    store) COMPREPLY=($(compgen -W 'init restored move --new --print --to --abandon --config --help' -- "$cur")) ;;
    replay) COMPREPLY=($(compgen -W '--handler --since --dry-run --config --help' -- "$cur")) ;;
    handlers) COMPREPLY=($(compgen -W '--json --config --help' -- "$cur")) ;;
    show) COMPREPLY=($(compgen -W '--json --config --help' -- "$cur")) ;;
    result | body) COMPREPLY=($(compgen -W '--config --help' -- "$cur")) ;;
    list) COMPREPLY=($(compgen -W '--pending --overdue --unmatched --state --label --group --since --limit --wide --json --config --help' -- "$cur")) ;;
    close) COMPREPLY=($(compgen -W '--overdue --older-than --label --group --key-prefix --reason --dry-run --config --help' -- "$cur")) ;;
    backup) COMPREPLY=($(compgen -W '--directory --keep --max-age --then --with-credentials --config --help' -- "$cur")); _filedir ;;
    restore) COMPREPLY=($(compgen -W '--replace --config --help' -- "$cur")); _filedir ;;
    verify) COMPREPLY=($(compgen -W '--config --help' -- "$cur")) ;;
    export) COMPREPLY=($(compgen -W '--since --to --format --config --help' -- "$cur")) ;;
    erase) COMPREPLY=($(compgen -W '--document --email --query --receipt --dry-run --config --help' -- "$cur")) ;;
    status) COMPREPLY=($(compgen -W '--check --json --config --help' -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W 'register hooks wait watch listen submit fans fanbase show result body list close status backup restore verify export erase deliveries handlers retry hold release kill replay report page usage healthcheck apply store --config --version --help' -- "$cur")) ;;
  esac
}
complete -F _postbackctl postbackctl

_postbackd()
{
  local cur prev words cword
  _init_completion || return
  case $prev in --config) _filedir toml; return ;; esac
  COMPREPLY=($(compgen -W '--config --check-config --version --help' -- "$cur"))
}
complete -F _postbackd postbackd
