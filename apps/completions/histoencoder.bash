# Completes histoencoder, also as HistoEncoder, in bash 4 or later. Install as "histoencoder" and "HistoEncoder" in
# share/bash-completion/completions, or source it.

_histoencoder_models() {
  local folder card
  for folder in "$HISTOENCODER_MODELS" "${XDG_DATA_HOME:-$HOME/.local/share}/histo/models"; do
    for card in "$folder"/*.json; do
      [[ -e ${card%.json}.pt ]] && basename "$card" .json
    done
  done
}

_histoencoder() {
  local verbs="extract cluster"
  local options="-h --help -V --version"
  local messages="-q --quiet -v --verbose --progress --color --log-file"
  local word=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) verb="" option i

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      extract | cluster)
        verb=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  case $verb in
    extract)
      options="-h --help -i --input --input_dir -m --model --model-name --models-dir -b --batch-size --device
        -c --use-cpu -p --pool-tiles -j --num-workers --threads -z --overwrite --dry-run $messages"
      ;;
    cluster)
      options="-h --help -i --input --input_dir -n --num-clusters --seed --max-iter --tol
        --silhouette-sample --sheet-tiles -j --num-workers --threads -z --overwrite --dry-run $messages"
      ;;
    *) options="$verbs $options" ;;
  esac

  # Readline cuts "--color=auto" at the "=".
  if [[ $word == "=" ]]; then
    word=""
  elif [[ ${COMP_WORDS[before]} == "=" ]]; then
    before=$((before - 1))
  fi
  option=${COMP_WORDS[before]}
  # After --input and --num-clusters come any number of words.
  if [[ $option != -* ]]; then
    while [[ $before -gt 0 && ${COMP_WORDS[before]} != -* ]]; do before=$((before - 1)); done
    case ${COMP_WORDS[before]} in
      -i | --input | --input_dir) option=--input ;;
      -n | --num-clusters) option=--num-clusters ;;
    esac
  fi

  COMPREPLY=()
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  case $option in
    -i | --input | --input_dir | --models-dir)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      ;;
    -m | --model | --model-name)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(_histoencoder_models)" -- "$word"
        compgen -f -- "$word"
      )
      ;;
    --log-file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    --device) mapfile -t COMPREPLY < <(compgen -W "auto cpu cuda" -- "$word") ;;
    --progress | --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word") ;;
    # These take a number.
    -b | --batch-size | -n | --num-clusters | --seed | --max-iter | --tol) ;;
    --silhouette-sample | --sheet-tiles | -j | --num-workers | --threads) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
  esac
}

complete -F _histoencoder histoencoder HistoEncoder
