# Completes histoprep, also as HistoPrep, in bash 4 or later. Install as "histoprep" and "HistoPrep" in
# share/bash-completion/completions, or source it.

_histoprep() {
  local messages="-q --quiet -v --verbose --progress --color --log-file"
  local sharing="--stale-after --max-failures --retry-failed"
  local script="--tasks --slides-per-task --time --partition --cpus --mem --account --job-name --logs --after
    --sbatch-arg"
  local tiling="-i --input --input-list -o --output --backend --keep-parent
    --mpp --mpp-tolerance --slide-mpp --slides-csv --upsample -l --level
    -w --width --height -n --overlap -b --max-background --in-bounds
    --tissue -t --threshold -x --multiplier --tissue-level --max-dimension --sigma --min-area --fill-holes
    --tissue-mask --rois --roi-labels --outside-rois --stain-normalize --stain-target --stain-separate
    --save --metrics --masks --tma --image-format --quality --compression --absolute-paths
    -z --overwrite -u --unfinished -j --num-workers --threads --stage --stage-size"
  local options="-h --help -V --version $tiling --shard $sharing --dry-run $messages"
  local word=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) verb="" option i

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      plan | sbatch | outliers | report)
        verb=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  case $verb in
    plan) options="-h --help --format $tiling --shard $sharing $messages" ;;
    sbatch) options="-h --help $tiling $sharing $script $messages" ;;
    outliers)
      options="-h --help -o --output -k --clusters --drop --seed --sheet-tiles -j --num-workers --threads $messages"
      ;;
    report) options="-h --help -o --output --format $messages" ;;
    *) [[ $COMP_CWORD -eq 1 ]] && options="plan sbatch outliers report $options" ;;
  esac

  # Readline cuts "--color=auto" at the "=".
  if [[ $word == "=" ]]; then
    word=""
  elif [[ ${COMP_WORDS[before]} == "=" ]]; then
    before=$((before - 1))
  fi
  option=${COMP_WORDS[before]}
  # After these come any number of words.
  if [[ $option != -* ]]; then
    while [[ $before -gt 0 && ${COMP_WORDS[before]} != -* ]]; do before=$((before - 1)); done
    case $verb${COMP_WORDS[before]} in
      -i | --input | plan-i | plan--input | sbatch-i | sbatch--input) option=--input ;;
      --roi-labels | plan--roi-labels | sbatch--roi-labels) option=--roi-labels ;;
      sbatch--after) option=--after ;;
      outliers-o | outliers--output) option=--output ;;
      outliers--drop) option=--drop ;;
    esac
  fi

  COMPREPLY=()
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  case $option in
    -i | --input | --input-list | --slides-csv | --rois | --stain-target | --log-file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    -o | --output | --tissue-mask | --stage | --logs)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      ;;
    --backend) mapfile -t COMPREPLY < <(compgen -W "auto direct openslide pil image" -- "$word") ;;
    --tissue) mapfile -t COMPREPLY < <(compgen -W "otsu hsv" -- "$word") ;;
    --stain-normalize) mapfile -t COMPREPLY < <(compgen -W "macenko vahadane reinhard" -- "$word") ;;
    --format)
      local formats="tsv json"
      [[ $verb == report ]] && formats="markdown csv"
      mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
      ;;
    --save) mapfile -t COMPREPLY < <(compgen -W "files tar none" -- "$word") ;;
    --image-format) mapfile -t COMPREPLY < <(compgen -W "png jpeg jpg" -- "$word") ;;
    --progress | --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word") ;;
    # These take a number, or names that only the user knows.
    --mpp | --mpp-tolerance | --slide-mpp | -l | --level | -w | --width | --height | -n | --overlap) ;;
    -b | --max-background | -t | --threshold | -x | --multiplier | --tissue-level | --max-dimension) ;;
    --sigma | --min-area | --fill-holes | --roi-labels | --quality | --compression) ;;
    -k | --clusters | --drop | --seed | --sheet-tiles | -j | --num-workers | --threads | --stage-size) ;;
    --shard | --stale-after | --max-failures | --tasks | --slides-per-task | --time | --partition | --cpus | --mem) ;;
    --account | --job-name | --after | --sbatch-arg) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
  esac
}

complete -F _histoprep histoprep HistoPrep
