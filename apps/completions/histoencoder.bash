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
  local verbs="extract cluster plan sbatch models convert verify info report"
  local options="-h --help -V --version"
  local tiling="--mpp --mpp-tolerance --slide-mpp --slides-csv --upsample --level --width --height --overlap
    --max-background --in-bounds --tissue --threshold --multiplier --tissue-level --max-dimension --sigma --min-area
    --fill-holes --tissue-mask --rois --roi-labels --outside-rois --stain-normalize --stain-target"
  local extract="-i --input --input_dir -o --output --keep-parent -m --model --model-name --models-dir -n --num-blocks
    -a --avg-pool --normalize --num-samples -s --input-size --force -b --batch-size --device --precision -c --use-cpu
    -p --pool-tiles -j --num-workers --threads -z --overwrite --stage --stage-size $tiling"
  local cluster="-i --input --input_dir -n --num-clusters --seed --mode --init --n-init --max-iter --tol
    --metric --pca --whiten --sample --memory --stability --silhouette-sample --sheet-tiles --sheet-random
    --overlays --geojson --skip-missing --apply --device -j --num-workers --threads -z --overwrite"
  local sharing="--stale-after --max-failures --retry-failed"
  local script="--tasks --slides-per-task --time --partition --cpus --mem --account --job-name --logs --after
    --sbatch-arg"
  local messages="-q --quiet -v --verbose --progress --color --log-file"
  local word=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) verb="" job="" files="" option i

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      extract | cluster | plan | sbatch | models | convert | verify | info | report)
        verb=${COMP_WORDS[i]}
        [[ $verb == sbatch && $((i + 1)) -lt $COMP_CWORD ]] && job=${COMP_WORDS[i + 1]}
        break
        ;;
    esac
  done
  case $verb in
    extract) options="-h --help $extract --shard $sharing --dry-run $messages" ;;
    cluster) options="-h --help $cluster --shard --dry-run $messages" ;;
    plan) options="-h --help --format $extract --shard $sharing $messages" ;;
    sbatch)
      options="-h --help"
      [[ -z $job ]] && options="extract cluster $options"
      [[ $job == extract ]] && options="$options $extract $sharing $script --gpus $messages"
      [[ $job == cluster ]] && options="$options $cluster $script $messages"
      ;;
    models) options="-h --help --models-dir --device -c --use-cpu $messages" ;;
    convert)
      options="-h --help -i --input -o --output --to --from --slide-mpp --tile-size -z --overwrite --shard
        --dry-run $messages"
      ;;
    verify) options="-h --help -i --input --shard $messages" ;;
    info) options="-h --help -i --input $messages" ;;
    report) options="-h --help -i --input --format $messages" ;;
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
      -n | --num-clusters) [[ $verb == cluster || $job == cluster ]] && option=--num-clusters ;;
      --after) option=--after ;;
    esac
  fi

  COMPREPLY=()
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  case $option in
    -i | --input | --input_dir | --models-dir | -o | --output | --tissue-mask | --stage | --logs)
      compopt -o filenames 2>/dev/null
      [[ $verb == convert || $verb == extract || $verb == plan || $job == extract ]] && [[ $option == -i || $option == --input* ]] && files=-f
      mapfile -t COMPREPLY < <(compgen "${files:--d}" -- "$word")
      ;;
    --to | --from) mapfile -t COMPREPLY < <(compgen -W "trident clam stamp pt npy csv" -- "$word") ;;
    -m | --model | --model-name)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(_histoencoder_models)" -- "$word"
        compgen -f -- "$word"
      )
      ;;
    --log-file | --slides-csv | --apply | --rois | --stain-target)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    --precision) mapfile -t COMPREPLY < <(compgen -W "auto fp32 bf16 fp16" -- "$word") ;;
    --normalize) mapfile -t COMPREPLY < <(compgen -W "model estimate" -- "$word") ;;
    --device) mapfile -t COMPREPLY < <(compgen -W "auto cpu cuda" -- "$word") ;;
    --format)
      local formats="tsv json"
      [[ $verb == report ]] && formats="markdown csv"
      mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
      ;;
    --mode) mapfile -t COMPREPLY < <(compgen -W "exact fast" -- "$word") ;;
    --metric) mapfile -t COMPREPLY < <(compgen -W "euclidean cosine" -- "$word") ;;
    --overlays) mapfile -t COMPREPLY < <(compgen -W "none fewest all" -- "$word") ;;
    --init)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "k-means++ k-means|| random" -- "$word"
        compgen -f -- "$word"
      )
      ;;
    --tissue) mapfile -t COMPREPLY < <(compgen -W "otsu hsv" -- "$word") ;;
    --stain-normalize) mapfile -t COMPREPLY < <(compgen -W "macenko vahadane reinhard" -- "$word") ;;
    --progress | --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word") ;;
    # These take a number.
    -b | --batch-size | --num-blocks | --num-samples | -s | --input-size | -n | --num-clusters | --seed | --max-iter | --tol) ;;
    --n-init | --pca | --sample | --memory | --stability | --sheet-random | --shard) ;;
    --silhouette-sample | --sheet-tiles | -j | --num-workers | --threads | --slide-mpp | --tile-size) ;;
    --mpp | --mpp-tolerance | --level | --width | --height | --overlap | --max-background | --threshold) ;;
    --stage-size | --stale-after | --max-failures | --tasks | --slides-per-task | --time | --partition | --cpus) ;;
    --mem | --gpus | --account | --job-name | --after | --sbatch-arg) ;;
    --multiplier | --tissue-level | --max-dimension | --sigma | --min-area | --fill-holes | --roi-labels) ;;
    *)
      [[ $verb == models ]] && options="$(_histoencoder_models) $options"
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
      ;;
  esac
}

complete -F _histoencoder histoencoder HistoEncoder
