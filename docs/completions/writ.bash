# Completion of writ's command lines in bash: `source <(writ completions bash)`, or put this where bash-completion looks.
# Commands are those of `writ --help`, options and subcommands those of `writ COMMAND --help`, contracts those of
# `writ routes --json` in the present folder. All are asked for at the time, so that they are those of the writ that runs.

_writ() {
  local writ=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} words help usage
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
  if ((COMP_CWORD == 2)); then # `writ audit verify`, `writ audit [list]`, `writ completions bash|zsh`
    words=$(sed -n 's/^[a-z: ]*writ [a-z]* \[\{0,1\}\([a-z|]*\)\]\{0,1\}\( .*\)\{0,1\}$/\1/p' <<<"$usage" | tr '|' '\n')
  fi
  if [[ $usage == *CONTRACT* || $usage == *HANDLER* || ${COMP_WORDS[COMP_CWORD - 1]} == --contract ]]; then
    words+=" $("$writ" routes --json 2>/dev/null | sed -n 's/^ *{"contract":"\([a-z0-9_.]*\)".*/\1/p')"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}

# Where there is nothing to say, files.
complete -o default -F _writ writ
