# Completion for hermes in bash. It asks `hermes complete`, which reads files alone: no network.
_hermes() {
    mapfile -t COMPREPLY < <(command hermes complete bash -- \
        "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}
complete -o nosort -o bashdefault -o default -F _hermes hermes
