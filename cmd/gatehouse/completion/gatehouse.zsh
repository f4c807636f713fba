#compdef gatehouse
# Completion of gatehouse for zsh: source <(gatehouse completion zsh), behind compinit.
_gatehouse() {
    local line
    local -a found described
    found=("${(@f)$(${(Q)~words[1]} complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ $found[1] == :files ]]; then
        compset -P '--*='
        _files
        return
    fi
    for line in $found; do
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    (( $#described )) && _describe gatehouse described
}
if [[ ${funcstack[1]-} == _gatehouse ]]; then
    _gatehouse "$@"
else
    compdef _gatehouse gatehouse
fi
