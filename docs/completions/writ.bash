# Completion of writ's command lines in bash: `source <(writ completions bash)`, or put this where bash-completion looks.
# Commands are those of `writ --help`, options and subcommands those of `writ COMMAND --help`, contracts those of
# `writ routes --json` in the present folder, people those of its fixtures. All are asked for at the time, so that they are those of the writ that runs.
# No name of an app that nobody has reviewed may be more to the shell than a word: others than these are left out.

_writ_contracts() {
  "$1" routes --json 2>/dev/null | sed -n 's/^ *{"contract":"\([a-z0-9_.]*\)".*/\1/p'
}

_writ() {
  local writ=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words help usage
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=$("$writ" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  *.*/\1/p')
    COMPREPLY=($(compgen -W "$words --help --version" -- "$word"))
    return
  fi
  help=$("$writ" "${COMP_WORDS[1]}" --help 2>/dev/null)
  usage=${help%%$'\n\n'*}
  if [[ $word == -* ]]; then
    words=$({ grep -oe '--[a-z][a-z-]*' <<<"$usage"; sed -n 's/^ *\(--[a-z][a-z-]*\).*/\1/p' <<<"$help"; } | sort -u)
    COMPREPLY=($(compgen -W "$words --help" -- "$word"))
    return
  fi
  words=
  if [[ $before == --* ]] && grep -qe "$before [A-Za-z]*[A-Z|]" <<<"$help"; then # its value
    case $before in
      --contract) words=$(_writ_contracts "$writ") ;;
      --as) words=$(sed -n 's/^-- principal: \([A-Za-z0-9_.@-]*\) .*/\1/p' tests/fixtures.sql fixtures.sql 2>/dev/null) ;;
      *) words=$(grep -oe "$before [a-z|]*|[a-z]*" <<<"$usage" | sed 's/.* //' | tr '|' '\n') ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  if ((COMP_CWORD == 2)); then # `writ audit verify`, `writ audit [list]`, `writ completions bash|zsh`
    words=$(sed -n 's/^[a-z: ]*writ [a-z]* \[\{0,1\}\([a-z|]*\)\]\{0,1\}\( .*\)\{0,1\}$/\1/p' <<<"$usage" | tr '|' '\n')
  fi
  if [[ $usage == *CONTRACT* || $usage == *HANDLER* ]]; then
    words+=" $(_writ_contracts "$writ")"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}

# Where there is nothing to say, files.
complete -o default -F _writ writ
