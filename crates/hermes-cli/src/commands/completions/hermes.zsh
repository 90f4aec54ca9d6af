#compdef hermes
# Completion for hermes in zsh. It asks `hermes complete`, which reads files alone: no network.
_hermes() {
    local -a found
    found=("${(@f)$(command hermes complete zsh -- \
        "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    found=("${(@)found:#}")
    if (( $#found )); then
        _describe -V hermes found
    else
        _files
    fi
}

# Run by compinit as a file of its function path, or sourced.
if [[ "$funcstack[1]" == "_hermes" ]]; then
    _hermes "$@"
else
    compdef _hermes hermes
fi
