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
  local verbs="extract cluster plan sbatch models convert verify info report embed evaluate annotate heatmap compose survival knn fewshot probe"
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
      extract | cluster | plan | sbatch | models | convert | verify | info | report | embed | evaluate | annotate | heatmap | compose | survival | knn | fewshot | probe)
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
    embed)
      options="-h --help -i --input --method -p --num-prototypes --prototypes --prototype-tiles --max-iter --n-init
        --eps --tau --steps --apply --by --fusion --labels --group --split --csv -o --output -z --overwrite --seed
        --memory -j --num-workers --threads $messages"
      ;;
    annotate)
      options="-h --help -i --input -n --num-clusters --labels --label --classes --group --regions --names --purity
        --min-purity --rule -o --output -z --overwrite -j --num-workers --threads $messages"
      ;;
    heatmap)
      options="-h --help -i --input --scores --score -n --num-clusters --downsample --rank --limits --alpha --geojson
        --top -o --output -z --overwrite -j --num-workers --threads --shard $messages"
      ;;
    compose)
      options="-h --help -i --input -n --num-clusters --labels --group --min-tiles --transform --neighbours --clinical
        --key -o --output -z --overwrite $messages"
      ;;
    survival)
      options="-h --help --table --key --time --event --clinical-columns --cluster-columns --group --split --strata
        --ties --penalty --l1-ratio --choose --folds --inner-folds --horizon --bootstrap --confidence --seed --apply
        -j --num-workers --threads -o --output -z --overwrite $messages"
      ;;
    knn | fewshot | probe)
      options="-h --help -i --input --labels --label --classes --group --split --folds --apply -o --output -z
        --overwrite --bootstrap --confidence --seed -j --num-workers --threads $messages"
      case $verb in
        knn) options="$options --preset -k --neighbours --weights --temperature --centre" ;;
        fewshot) options="$options --shots --episodes --save-episodes --top-k" ;;
        probe)
          options="$options --cost --balanced --standardise --max-iter --tol --ladder --regress --penalty"
          ;;
      esac
      ;;
    evaluate)
      options="-h --help --predictions --labels --label --classes --group --split -o --output -z --overwrite --level
        --bootstrap --confidence --seed -j --num-workers --threads $messages"
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
      -n | --num-clusters) [[ $verb == cluster || $job == cluster ]] && option=--num-clusters ;;
      --after) option=--after ;;
      --predictions) option=--predictions ;;
    esac
  fi

  COMPREPLY=()
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  case $option in
    -i | --input | --input_dir | --models-dir | -o | --output | --tissue-mask | --regions | --stage | --logs)
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
    --log-file | --table | --clinical | --predictions | --slides-csv | --apply | --prototypes | --labels | --names | --scores | --rois | --stain-target)
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
    --method)
      mapfile -t COMPREPLY < <(compgen -W "mean std max counts shares h2t panther" -- "$word")
      ;;
    --transform) mapfile -t COMPREPLY < <(compgen -W "share percent clr alr ilr" -- "$word") ;;
    --ties) mapfile -t COMPREPLY < <(compgen -W "efron breslow" -- "$word") ;;
    --choose) mapfile -t COMPREPLY < <(compgen -W "best sparsest" -- "$word") ;;
    --rule) mapfile -t COMPREPLY < <(compgen -W "majority dominant" -- "$word") ;;
    --preset) mapfile -t COMPREPLY < <(compgen -W "dino uni" -- "$word") ;;
    --weights) mapfile -t COMPREPLY < <(compgen -W "temperature uniform" -- "$word") ;;
    --by) mapfile -t COMPREPLY < <(compgen -W "slide group" -- "$word") ;;
    --fusion) mapfile -t COMPREPLY < <(compgen -W "late early" -- "$word") ;;
    --level)
      [[ $verb == evaluate ]] && mapfile -t COMPREPLY < <(compgen -W "tile slide group" -- "$word")
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
    -k | --neighbours | --temperature | --folds | --shots | --episodes | --top-k | --cost | --ladder | --penalty) ;;
    -b | --batch-size | --num-blocks | --num-samples | -s | --input-size | -n | --num-clusters | --seed | --max-iter | --tol) ;;
    --n-init | --pca | --sample | --memory | --stability | --sheet-random | --shard) ;;
    --silhouette-sample | --sheet-tiles | -j | --num-workers | --threads | --slide-mpp | --tile-size) ;;
    --mpp | --mpp-tolerance | --width | --height | --overlap | --max-background | --threshold) ;;
    --stage-size | --stale-after | --max-failures | --tasks | --slides-per-task | --time | --partition | --cpus) ;;
    --num-prototypes | --prototype-tiles | --eps | --tau | --steps) ;;
    --min-tiles | --penalty | --l1-ratio | --folds | --inner-folds | --horizon) ;;
    # And these the name of a column.
    --key | --event | --clinical-columns | --cluster-columns | --strata) ;;
    --bootstrap | --confidence | --purity | --min-purity | --downsample | --limits | --alpha | --top) ;;
    --mem | --gpus | --account | --job-name | --after | --sbatch-arg) ;;
    --multiplier | --tissue-level | --max-dimension | --sigma | --min-area | --fill-holes | --roi-labels) ;;
    *)
      [[ $verb == embed && $option == -p ]] && return
      [[ $verb == models ]] && options="$(_histoencoder_models) $options"
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
      ;;
  esac
}

complete -F _histoencoder histoencoder HistoEncoder
