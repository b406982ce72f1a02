# Completes histoprep, also as HistoPrep, in bash 4 or later. Install as "histoprep" and "HistoPrep" in
# share/bash-completion/completions, or source it.

_histoprep() {
  local options="-h --help -V --version -i --input --input-list -o --output --backend --keep-parent
    -l --level -w --width --height -n --overlap -b --max-background --in-bounds
    -t --threshold -x --multiplier --tissue-level --max-dimension --sigma
    --image-format --quality -z --overwrite -u --unfinished -j --num-workers --threads --dry-run
    -q --quiet -v --verbose --progress --color --log-file"
  local word=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) option

  # Readline cuts "--color=auto" at the "=".
  if [[ $word == "=" ]]; then
    word=""
  elif [[ ${COMP_WORDS[before]} == "=" ]]; then
    before=$((before - 1))
  fi
  option=${COMP_WORDS[before]}
  # After --input come any number of words.
  if [[ $option != -* ]]; then
    while [[ $before -gt 0 && ${COMP_WORDS[before]} != -* ]]; do before=$((before - 1)); done
    case ${COMP_WORDS[before]} in
      -i | --input) option=--input ;;
    esac
  fi

  COMPREPLY=()
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  case $option in
    -i | --input | --input-list | --log-file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    -o | --output)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      ;;
    --backend) mapfile -t COMPREPLY < <(compgen -W "auto openslide pil image" -- "$word") ;;
    --image-format) mapfile -t COMPREPLY < <(compgen -W "png jpeg jpg" -- "$word") ;;
    --progress | --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word") ;;
    # These take a number.
    -l | --level | -w | --width | --height | -n | --overlap | -b | --max-background) ;;
    -t | --threshold | -x | --multiplier | --tissue-level | --max-dimension | --sigma) ;;
    --quality | -j | --num-workers | --threads) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
  esac
}

complete -F _histoprep histoprep HistoPrep
